import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { RELAY_ADDRESS, type LabServer } from './servers.js';
import { identityFile, inventoryFile, knownHostsFile, serverDir } from './state.js';

/** Writes the host keys of the servers, and an inventory that migrates them: the first one, then all others. */
export async function writeInventory(stateDir: string, servers: readonly LabServer[]): Promise<void> {
  const keys = await Promise.all(
    servers.map(async ({ name, address }) => {
      const text = await readFile(join(serverDir(stateDir, name), 'host_keys'), 'utf8');
      return text.replace(/^(\S+ \S+).*$/gm, `${address} $1`);
    }),
  );
  await writeFile(knownHostsFile(stateDir), keys.join(''));

  const [first, ...others] = servers.map(({ name }) => name);
  const waves = [
    { name: 'canary', servers: [first] },
    { name: 'rest', servers: others },
  ];
  await writeFile(
    inventoryFile(stateDir),
    stringify({
      version: 1,
      name: 'lab',
      defaults: {
        ssh: { user: 'root', identityFile: identityFile(stateDir), knownHosts: knownHostsFile(stateDir) },
        verify: { boot: ['bios'] },
      },
      relays: [{ name: 'local', address: RELAY_ADDRESS, port: 8703, slots: 4 }],
      waves: others.length === 0 ? waves.slice(0, 1) : waves,
      servers: servers.map(({ name, address }) => ({ name, host: address })),
    }),
  );
}
