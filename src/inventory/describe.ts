import type { Fleet, Relay, Wave } from '../model/fleet.js';

/** Names shown of one wave before the rest is only counted. */
const SHOWN_SERVERS = 8;

/** What `validate` says of an inventory without errors: the fleet, its relays, its waves in order. */
export function describeFleet(fleet: Fleet): string[] {
  const counts = [
    counted(fleet.servers.length, 'server'),
    counted(fleet.waves.length, 'wave'),
    counted(fleet.relays.length, 'relay'),
  ];
  return [
    `${fleet.name}: ${counts.join(', ')}, at most ${fleet.limits.concurrency} at a time`,
    ...fleet.relays.map(relayLine),
    ...fleet.waves.map(waveLine),
  ];
}

function relayLine({ name, address, port, dir, slots }: Relay): string {
  const place = `${address ?? 'address of our SSH connection'}, port ${port}, ${dir ?? 'in its own folder'}`;
  return `relay ${name}: ${place}, ${counted(slots, 'slot')}`;
}

function waveLine({ name, servers, approval, concurrency, maxFailures, window }: Wave): string {
  const shown = servers.slice(0, SHOWN_SERVERS).join(', ');
  const more = servers.length > SHOWN_SERVERS ? ` and ${servers.length - SHOWN_SERVERS} more` : '';
  const conditions = [
    ...(approval ? ['after approval'] : []),
    ...(concurrency === null ? [] : [`at most ${concurrency} at a time`]),
    ...(maxFailures === null ? [] : [`held after ${counted(maxFailures, 'failure')}`]),
    ...(window === null ? [] : [`${window.from} to ${window.to} ${window.timezone}`]),
  ];
  const suffix = conditions.length === 0 ? '' : ` (${conditions.join(', ')})`;
  return `wave ${name}: ${counted(servers.length, 'server')}: ${shown}${more}${suffix}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
