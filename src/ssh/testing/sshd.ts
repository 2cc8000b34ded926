import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';

export const HOST_KEY_TYPES = ['ed25519', 'ecdsa', 'rsa'] as const;
export type HostKeyType = (typeof HOST_KEY_TYPES)[number];

/** A real sshd on 127.0.0.1 with host keys of three types, in a folder of its own. */
export interface TestSshd {
  readonly port: number;
  readonly folder: string;
  /** Public host keys, `ssh-ed25519 AAAA…`. */
  readonly hostKeys: Readonly<Record<HostKeyType, string>>;
  /** Lines for known_hosts. */
  knownHosts(...types: HostKeyType[]): string;
  authorize(publicKey: string): Promise<void>;
  /** Processes of sshd that serve a connection. */
  connections(): Promise<number[]>;
  stop(): Promise<void>;
}

export interface TestSshdOptions {
  /** Further lines of its configuration. */
  readonly settings?: readonly string[];
  /**
   * Lines that this sshd and what it starts see at the end of such files (`/etc/passwd` …), in a mount namespace of
   * its own: so a test has users and sudo rules that the machine has not.
   */
  readonly etc?: Readonly<Record<string, readonly string[]>>;
}

export async function startSshd(options: TestSshdOptions = {}): Promise<TestSshd> {
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const folder = await mkdtemp(join(tmpdir(), 'fleetlift-sshd-'));
  const port = await freePort();
  const hostKeys = { ed25519: '', ecdsa: '', rsa: '' };
  for (const type of HOST_KEY_TYPES) hostKeys[type] = await makeKey(join(folder, `host_${type}`), type);
  const authorizedKeys = join(folder, 'authorized_keys');
  await writeFile(authorizedKeys, '', { mode: 0o644 });
  // sshd reads authorized_keys as the user who logs in.
  await chmod(folder, 0o755);
  await writeFile(
    join(folder, 'sshd_config'),
    [
      // sshd takes the first value of a keyword.
      ...(options.settings ?? []),
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `PidFile ${folder}/sshd.pid`,
      `AuthorizedKeysFile ${authorizedKeys}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      ...HOST_KEY_TYPES.map((type) => `HostKey ${folder}/host_${type}`),
      '',
    ].join('\n'),
  );
  const binds = await bindMounts(folder, options.etc ?? {});
  const start = [...binds, `exec /usr/sbin/sshd -D -e -f ${folder}/sshd_config`].join(' && ');
  const daemon = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', start], {
    stdio: 'ignore',
  });
  await accepts(port, daemon);
  return {
    port,
    folder,
    hostKeys,
    knownHosts: (...types) => types.map((type) => `[127.0.0.1]:${port} ${hostKeys[type]}\n`).join(''),
    authorize: (publicKey) => writeFile(authorizedKeys, `${publicKey}\n`, { flag: 'a' }),
    connections: () => children(daemon.pid ?? 0),
    stop: async () => {
      for (const pid of await children(daemon.pid ?? 0)) killIfThere(pid);
      if (daemon.exitCode === null && daemon.signalCode === null) {
        const ended = once(daemon, 'exit');
        daemon.kill('SIGKILL');
        await ended;
      }
      await rm(folder, { recursive: true });
    },
  };
}

/** Makes a key pair without a passphrase, or with one; gives the public key without its comment. */
export async function makeKey(file: string, type: HostKeyType, passphrase = ''): Promise<string> {
  await execa('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', '', '-f', file]);
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}

/** Waits until a condition holds. */
export async function eventually(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`in vain waited for: ${what}`);
    await wait(20);
  }
}

/** A connection's process may end by itself a moment before. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function bindMounts(folder: string, etc: NonNullable<TestSshdOptions['etc']>): Promise<string[]> {
  const commands: string[] = [];
  for (const [file, lines] of Object.entries(etc)) {
    const copy = join(folder, basename(file));
    await writeFile(copy, `${(await readFile(file, 'utf8')).trimEnd()}\n${lines.join('\n')}\n`);
    const { mode, gid } = await stat(file);
    await chown(copy, 0, gid);
    await chmod(copy, mode & 0o777);
    commands.push(`mount --bind ${copy} ${file}`);
  }
  return commands;
}

async function accepts(port: number, daemon: ChildProcess): Promise<void> {
  await eventually(async () => {
    if (daemon.exitCode !== null) throw new Error(`sshd ended with ${daemon.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'data');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }, `sshd on port ${port}`);
}

async function children(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
