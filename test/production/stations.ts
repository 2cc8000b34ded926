/** The machines of the topology: each a network namespace with an address of its own on the lab's bridge. */
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { PREFIX_LENGTH } from '../../lab/servers.js';

export interface Station {
  readonly name: string;
  readonly address: string;
}

export const STATIONS = {
  temporal: { name: 'temporal', address: '198.18.2.1' },
  worker1: { name: 'worker1', address: '198.18.2.11' },
  worker2: { name: 'worker2', address: '198.18.2.12' },
  relay1: { name: 'relay1', address: '198.18.2.21' },
  relay2: { name: 'relay2', address: '198.18.2.22' },
  prometheus: { name: 'prometheus', address: '198.18.2.31' },
  operator: { name: 'operator', address: '198.18.2.41' },
} as const satisfies Record<string, Station>;

const BRIDGE = 'fl-br0';
/** The lab removes all namespaces and cables that are called so, also those that a crash left. */
const netnsOf = ({ name }: Station): string => `fl-lab-${name}`.slice(0, 15);

/** Makes the machines; the bridge is there with the lab. */
export async function makeStations(): Promise<void> {
  for (const station of Object.values(STATIONS)) {
    const netns = netnsOf(station);
    await execa('ip', ['netns', 'add', netns]);
    await execa('ip', ['link', 'add', netns, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns]);
    await writeFile(`/proc/sys/net/ipv6/conf/${netns}/disable_ipv6`, '1');
    await execa('ip', ['link', 'set', netns, 'master', BRIDGE, 'up']);
    await execa('ip', ['-n', netns, 'link', 'set', 'lo', 'up']);
    await execa('ip', ['-n', netns, 'address', 'add', `${station.address}/${PREFIX_LENGTH}`, 'dev', 'eth0']);
    await execa('ip', ['-n', netns, 'link', 'set', 'eth0', 'up']);
  }
}

/** Removes the machines; their processes have ended before. */
export async function removeStations(): Promise<void> {
  for (const station of Object.values(STATIONS)) {
    await execa('ip', ['netns', 'delete', netnsOf(station)], { reject: false });
  }
}

/** Words that run a command on a machine, as that user. */
export function on(station: Station, words: readonly string[], uid = 0): string[] {
  const user = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  return ['nsenter', `--net=/run/netns/${netnsOf(station)}`, ...(uid === 0 ? [] : user), ...words];
}
