import { execa } from 'execa';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Receiver } from '../../model/transfer.js';

/** A source of its own: a folder with files, and a key, that sends as the agent does. */
export interface TestSource {
  readonly publicKey: string;
  /** The words of an ssh client that trusts the endpoint's host key only. */
  ssh(endpoint: Receiver): Promise<string[]>;
  /** Sends a folder to a filesystem of the replica. */
  push(
    endpoint: Receiver,
    from: string,
    options?: readonly string[],
    filesystem?: string,
  ): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }>;
}

export async function makeSource(folder: string): Promise<TestSource> {
  const key = join(folder, 'key');
  await mkdir(folder, { recursive: true });
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'source', '-f', key]);
  const ssh = async (endpoint: Receiver): Promise<string[]> => {
    const known = join(folder, `known_hosts.${endpoint.port}`);
    await writeFile(known, `relay ${endpoint.hostKey}\n`);
    const options = [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      'StrictHostKeyChecking=yes',
      'HostKeyAlias=relay',
    ];
    const files = [`UserKnownHostsFile=${known}`, 'GlobalKnownHostsFile=/dev/null'];
    const words = [...options, ...files].flatMap((option) => ['-o', option]);
    return ['ssh', '-F', '/dev/null', '-i', key, '-p', String(endpoint.port), ...words];
  };
  return {
    publicKey: await readFile(`${key}.pub`, 'utf8'),
    ssh,
    async push(endpoint, from, options = [], filesystem = 'fs0') {
      const target = `${endpoint.user}@127.0.0.1::${endpoint.module}/${filesystem}/`;
      const shell = ['-e', (await ssh(endpoint)).join(' ')];
      const words = ['-aHASX', '--numeric-ids', '--inplace', ...options, ...shell, `${from}/`, target];
      const { exitCode, stdout, stderr } = await execa('rsync', words, { reject: false });
      return { exitCode, stdout, stderr };
    },
  };
}

/** A TCP port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
