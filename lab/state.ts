import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { LabServer } from './servers.js';

/** Where the lab keeps what it made. */
export const serverDir = (stateDir: string, name: string): string => join(stateDir, name);
export const identityFile = (stateDir: string): string => join(stateDir, 'id_ed25519');
export const knownHostsFile = (stateDir: string): string => join(stateDir, 'known_hosts');
export const inventoryFile = (stateDir: string): string => join(stateDir, 'inventory.yaml');

/** Name of a server's control group, which no other lab's server has: they all lie in one tree. */
export function controlGroup(stateDir: string, server: LabServer): string {
  return `${server.netns}-${createHash('sha256').update(stateDir).digest('hex').slice(0, 8)}`;
}

/** Arguments of `ssh` up to the command, for a look into a server. */
export function sshArguments(stateDir: string, server: LabServer): string[] {
  return [
    ...['-F', 'none', '-i', identityFile(stateDir), '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5'],
    ...['-o', `UserKnownHostsFile=${knownHostsFile(stateDir)}`, '-o', 'StrictHostKeyChecking=yes'],
    ...['-o', 'GlobalKnownHostsFile=none', `root@${server.address}`],
  ];
}
