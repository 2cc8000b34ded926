import { CATALOGUE } from '../errors/catalogue.js';
import { remedyFor } from '../errors/remedy.js';
import type { MigrationStatus, ServerSummary } from '../model/messages.js';
import { WAITS_FOR_ROOM } from '../model/room.js';
import { printable } from './text.js';

/** Servers whose reasons are told; a thousand of them would hide what to do. */
const TOLD = 20;

/** What of a migration that stands still waits, for what, and the command that lets it go on. */
export function standstillLines({ waves, servers }: MigrationStatus): string[] {
  const held = waves.filter(({ state }) => state === 'held' || state === 'pending');
  const ofWaves = held.map(({ name, reason }) => ` wave ${printable(name)}: ${printable(reason ?? '')}`);
  // What waits with its whole wave is told with it.
  const others = servers.filter(
    ({ wave, reason }) => !held.some((one) => one.name === wave && one.reason === reason),
  );
  const ofServers = others.flatMap(serverLine);
  const rest = ofServers.length - TOLD;
  return [
    ...ofWaves,
    ...ofServers.slice(0, TOLD),
    ...(rest > 0 ? [`   … and ${String(rest)} more`] : []),
    ...roomLines(servers),
  ];
}

function serverLine({ name, status, reason }: ServerSummary): string[] {
  if (status !== 'Queued' && status !== 'Stopped') return [];
  const why = reason === null ? [] : [printable(reason)];
  const next = status === 'Stopped' ? [`fleetlift resume ${printable(name)}`] : [];
  const parts = [...why, ...next];
  return parts.length === 0 ? [] : [`   ${printable(name)}: ${parts.join('; ')}`];
}

/** What to do for those that wait for room on their relay. */
function roomLines(servers: readonly ServerSummary[]): string[] {
  const one = servers.find(
    ({ status, roomBytes, reason }) =>
      status === 'Queued' && roomBytes !== undefined && reason?.startsWith(WAITS_FOR_ROOM) === true,
  );
  if (one === undefined) return [];
  return [`     → ${remedyFor(CATALOGUE['W-RELAY-SPACE'].remedy, printable(one.name))}`];
}
