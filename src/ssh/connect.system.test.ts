import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SshSettings } from '../model/fleet.js';
import { openSession, type OpenSessionOptions } from './connect.js';
import { eventually, HOST_KEY_TYPES, makeKey, startSshd, type TestSshd } from './testing/sshd.js';
import type { SshSession, SshTarget } from './types.js';

let sshd: TestSshd;
let home: string;
const open: SshSession[] = [];

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(async () => {
  await sshd.stop();
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fleetlift-home-'));
  await mkdir(join(home, '.ssh'), { mode: 0o700 });
  await knownHosts(sshd.knownHosts(...HOST_KEY_TYPES));
  await sshd.authorize(await makeKey(join(home, '.ssh/id_ed25519'), 'ed25519'));
  delete process.env['SSH_AUTH_SOCK'];
});
afterEach(async () => {
  for (const session of open.splice(0)) session.close();
  await eventually(async () => (await sshd.connections()).length === 0, 'no connection left at sshd');
  await rm(home, { recursive: true });
});

describe('login', () => {
  it.each(HOST_KEY_TYPES)('takes an %s key', async (type) => {
    const file = join(home, `user_${type}`);
    await sshd.authorize(await makeKey(file, type));
    const session = await connect({ identityFile: file });
    expect((await session.exec('id -u')).stdout.toString()).toBe('0\n');
    expect(session.localAddress).toBe('127.0.0.1');
    expect(session.hostKey).toBe(sshd.hostKeys.ed25519);
  });

  it('finds user, port and key in ~/.ssh/config, included files too', async () => {
    await mkdir(join(home, '.ssh/config.d'));
    await writeFile(join(home, '.ssh/config'), 'Include config.d/*\nHost *\n  User nobody\n');
    await writeFile(
      join(home, '.ssh/config.d/lab'),
      `Host web1\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User root\n  IdentityFile ~/.ssh/id_ed25519\n`,
    );
    const session = await openAt({ server: 'web1', host: 'web1', settings: {} });
    expect((await session.exec('id -un')).stdout.toString()).toBe('root\n');
  });

  it('says what was offered when it is refused', async () => {
    const file = join(home, 'stranger');
    await makeKey(file, 'ed25519');
    await expect(connect({ identityFile: file })).rejects.toMatchObject({
      code: 'E-SSH-AUTH',
      message: expect.stringContaining(`as root; offered: ${file}`) as string,
    });
  });

  it('never says the password', async () => {
    process.env['FLEETLIFT_TEST_PASSWORD'] = 'not-to-be-seen';
    const file = join(home, 'stranger');
    await makeKey(file, 'ed25519');
    const refused = connect({ identityFile: file, passwordEnv: 'FLEETLIFT_TEST_PASSWORD' });
    await expect(refused).rejects.toMatchObject({
      code: 'E-SSH-AUTH',
      message: expect.stringContaining('password from FLEETLIFT_TEST_PASSWORD') as string,
    });
    const error: unknown = await refused.catch((caught: unknown) => caught);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('not-to-be-seen');
    delete process.env['FLEETLIFT_TEST_PASSWORD'];
  });

  it('refuses a key that is locked by a passphrase, and takes it out of ssh-agent', async () => {
    const file = join(home, 'locked');
    await sshd.authorize(await makeKey(file, 'ed25519', 'lock'));
    await expect(connect({ identityFile: file })).rejects.toMatchObject({ code: 'E-SSH-KEY-UNREADABLE' });

    const socket = join(home, 'agent.sock');
    const agent = execa('ssh-agent', ['-D', '-a', socket], { reject: false });
    try {
      await eventually(
        () =>
          execa('ssh-add', ['-l'], { env: { SSH_AUTH_SOCK: socket }, reject: false }).then(
            ({ exitCode }) => exitCode === 1,
          ),
        'ssh-agent',
      );
      process.env['SSH_AUTH_SOCK'] = socket;
      await expect(connect({ identityFile: file })).rejects.toMatchObject({ code: 'E-SSH-KEY-UNREADABLE' });
      const askpass = join(home, 'askpass');
      await writeFile(askpass, '#!/bin/sh\necho lock\n', { mode: 0o700 });
      await execa('ssh-add', [file], {
        env: { SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
        stdin: 'ignore',
      });
      const session = await connect({ identityFile: file });
      expect((await session.exec('echo in')).stdout.toString()).toBe('in\n');
    } finally {
      delete process.env['SSH_AUTH_SOCK'];
      agent.kill();
      await agent;
    }
  });

  it('says which key file does not exist', async () => {
    await expect(connect({ identityFile: '~/.ssh/none' })).rejects.toMatchObject({
      code: 'E-SSH-KEY-UNREADABLE',
      message: expect.stringContaining(`${home}/.ssh/none does not exist`) as string,
    });
  });
});

describe('host keys', () => {
  it.each(HOST_KEY_TYPES)('asks for the %s key where known_hosts has that one only', async (type) => {
    await knownHosts(sshd.knownHosts(type));
    expect((await connect()).hostKey).toBe(sshd.hostKeys[type]);
  });

  it('reads hashed entries', async () => {
    await execa('ssh-keygen', ['-H', '-f', join(home, '.ssh/known_hosts')]);
    expect(readFileSync(join(home, '.ssh/known_hosts'), 'utf8')).toMatch(/^\|1\|/);
    await connect();
  });

  it('refuses an unknown key with a command that accepts exactly that key', async () => {
    await rm(join(home, '.ssh/known_hosts'));
    const refused: unknown = await connect().catch((error: unknown) => error);
    const { stdout } = await execa('ssh-keygen', ['-lf', `${sshd.folder}/host_ed25519.pub`]);
    expect(refused).toMatchObject({
      code: 'E-SSH-HOSTKEY-UNKNOWN',
      message: expect.stringContaining(stdout.split(' ')[1] ?? 'nothing') as string,
    });
    const { remedy } = refused as { remedy: string };
    await execa('sh', ['-c', remedy.slice(remedy.indexOf('printf'))]);
    await connect();
  });

  it('refuses a changed key, with both fingerprints and the command that puts the new one in its place', async () => {
    const other = await makeKey(join(home, 'other'), 'ed25519');
    await knownHosts(`[127.0.0.1]:${sshd.port} ${other}\n`);
    const { stdout } = await execa('ssh-keygen', ['-lf', join(home, 'other.pub')]);
    const refused: unknown = await connect().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'E-SSH-HOSTKEY-CHANGED',
      message: expect.stringContaining(stdout.split(' ')[1] ?? 'nothing') as string,
    });
    const { remedy } = refused as { remedy: string };
    await execa('sh', ['-c', remedy.slice(remedy.indexOf('ssh-keygen -R'))]);
    await connect();
  });

  it('refuses a revoked key', async () => {
    const line = sshd.knownHosts('ed25519');
    await knownHosts(`${line}@revoked * ${sshd.hostKeys.ed25519}\n`);
    await expect(connect()).rejects.toMatchObject({ code: 'E-SSH-HOSTKEY-REVOKED' });
  });

  it('checks a booted image under the server’s own name', async () => {
    const target = (port: number): SshTarget => ({
      server: 'web1',
      host: 'web1.example',
      settings: { user: 'root', port, jump: 'nowhere.example' },
      via: { address: '127.0.0.1', port: sshd.port },
    });
    await knownHosts(`[web1.example]:2222 ${sshd.hostKeys.ecdsa}\n`);
    expect((await openAt(target(2222))).hostKey).toBe(sshd.hostKeys.ecdsa);
    await expect(openAt(target(22))).rejects.toMatchObject({ code: 'E-SSH-HOSTKEY-UNKNOWN' });
  });
});

describe('connecting', () => {
  it('tells a refused port', async () => {
    await expect(openAt({ server: 'web1', host: '127.0.0.1', settings: { port: 1 } })).rejects.toMatchObject({
      code: 'E-SSH-CONNECT',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it('gives up a server that accepts and says nothing, on time or when told to', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket.resume())).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const target = { server: 'web1', host: '127.0.0.1', settings: { port } };
    await expect(openAt(target, { connectTimeoutMs: 200 })).rejects.toMatchObject({ code: 'E-SSH-CONNECT' });
    const stopper = new AbortController();
    const stopped = openAt(target, { signal: stopper.signal });
    await eventually(() => sockets.length === 2, 'the second connection');
    stopper.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    await eventually(() => sockets.every(({ readyState }) => readyState === 'closed'), 'closed sockets');
    mute.close();
  });
});

describe('jump hosts', () => {
  let bastion: TestSshd;
  beforeAll(async () => {
    bastion = await startSshd();
  });
  afterAll(async () => {
    await bastion.stop();
  });

  it('goes through one, each host key checked', async () => {
    await bastion.authorize(readFileSync(join(home, '.ssh/id_ed25519.pub'), 'utf8'));
    await expect(connect({ jump: `root@127.0.0.1:${bastion.port}` })).rejects.toMatchObject({
      code: 'E-SSH-HOSTKEY-UNKNOWN',
      message: expect.stringContaining('jump host') as string,
    });
    await knownHosts(sshd.knownHosts('rsa') + bastion.knownHosts('ecdsa'));
    const session = await connect({ jump: `root@127.0.0.1:${bastion.port}` });
    expect(session.localAddress).toBeNull();
    expect(session.hostKey).toBe(sshd.hostKeys.rsa);
    const sent = Buffer.alloc(3_000_000, 'x');
    const { stdout } = await session.exec('sleep 0.1; cat', { stdin: sent });
    expect(stdout.equals(sent)).toBe(true);
    expect(await bastion.connections()).toHaveLength(1);
    session.close();
    await eventually(async () => (await bastion.connections()).length === 0, 'the bastion let go');
  });

  it('says that the jump host cannot reach the server, and leaves no connection', async () => {
    await bastion.authorize(readFileSync(join(home, '.ssh/id_ed25519.pub'), 'utf8'));
    await knownHosts(bastion.knownHosts('ed25519'));
    const settings = { port: 1, jump: `127.0.0.1:${bastion.port}` };
    await expect(openAt({ server: 'web1', host: '127.0.0.1', settings })).rejects.toMatchObject({
      code: 'E-SSH-CONNECT',
      message: expect.stringContaining('cannot reach 127.0.0.1:1') as string,
    });
    await eventually(async () => (await bastion.connections()).length === 0, 'the bastion let go');
  });

  it('loses the link when the jump host goes', async () => {
    await bastion.authorize(readFileSync(join(home, '.ssh/id_ed25519.pub'), 'utf8'));
    await knownHosts(sshd.knownHosts('ed25519') + bastion.knownHosts('ed25519'));
    const session = await connect({ jump: `127.0.0.1:${bastion.port}` });
    const running = session.exec('sleep 60');
    const lost = expect(running).rejects.toMatchObject({ code: 'E-LINK-LOST' });
    await eventually(async () => (await sshd.connections()).length === 1, 'the connection');
    for (const pid of await bastion.connections()) process.kill(pid, 'SIGKILL');
    await lost;
  });
});

function connect(settings: SshSettings = {}): Promise<SshSession> {
  return openAt({ server: 'web1', host: '127.0.0.1', settings: { port: sshd.port, ...settings } });
}

async function openAt(target: SshTarget, options: OpenSessionOptions = {}): Promise<SshSession> {
  const session = await openSession(target, { home, ...options });
  open.push(session);
  return session;
}

async function knownHosts(text: string): Promise<void> {
  await writeFile(join(home, '.ssh/known_hosts'), text);
}
