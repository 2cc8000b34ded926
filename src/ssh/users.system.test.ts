import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SshSettings } from '../model/fleet.js';
import { openSession } from './connect.js';
import { makeKey, startSshd, type TestSshd } from './testing/sshd.js';
import type { SshSession } from './types.js';

const PASSWORD = 'correct horse battery staple';

let sshd: TestSshd;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-users-'));
  const { stdout: hash } = await execa('openssl', ['passwd', '-6', '-stdin'], { input: PASSWORD });
  const users = ['operator', 'guest'];
  sshd = await startSshd({
    settings: ['PasswordAuthentication yes'],
    etc: {
      '/etc/passwd': users.map((user, index) => `${user}:x:${61_234 + index}:65534::/:/bin/sh`),
      '/etc/shadow': users.map((user) => `${user}:${hash}:19000:0:99999:7:::`),
      '/etc/sudoers': ['operator ALL=(root) NOPASSWD: ALL', 'guest ALL=(root) ALL'],
    },
  });
  await sshd.authorize(await makeKey(join(folder, 'key'), 'ed25519'));
  await writeFile(join(folder, 'known_hosts'), sshd.knownHosts('ed25519'));
});
afterAll(async () => {
  await sshd.stop();
  await rm(folder, { recursive: true });
});

describe('commands as root', () => {
  it('go through sudo where the login is not root, with stdin, quotes and exit code', () =>
    withSession({ user: 'operator', sudo: true }, async (session) => {
      const command = `id -u; printf '%s' "it's $HOME"; cat; exit 5`;
      const result = await session.exec(command, { stdin: ' and this' });
      expect(result.exitCode).toBe(5);
      expect(result.stdout.toString()).toBe("0\nit's /root and this");
    }));

  it('run as the login itself where root is not asked for', () =>
    withSession({ user: 'operator', sudo: true }, async (session) => {
      expect((await session.exec('id -un', { root: false })).stdout.toString()).toBe('operator\n');
    }));

  it('are refused where sudo wants a password', () =>
    withSession({ user: 'guest', sudo: true }, async (session) => {
      await expect(session.exec('id -u')).rejects.toMatchObject({
        code: 'E-NOT-ROOT',
        message: expect.stringContaining('sudo') as string,
      });
      expect((await session.exec('id -un', { root: false })).stdout.toString()).toBe('guest\n');
    }));

  it('are refused where sudo is not to be used', () =>
    withSession({ user: 'operator' }, async (session) => {
      await expect(session.exec('id -u')).rejects.toMatchObject({ code: 'E-NOT-ROOT' });
    }));
});

describe('password', () => {
  it('comes from the environment variable that the settings name', async () => {
    process.env['FLEETLIFT_TEST_PASSWORD'] = PASSWORD;
    await withSession(
      { user: 'guest', passwordEnv: 'FLEETLIFT_TEST_PASSWORD', identityFile: strangerKey },
      async (session) => {
        expect((await session.exec('id -un', { root: false })).stdout.toString()).toBe('guest\n');
      },
    );
  });

  it('is refused when it is wrong, and missed when it is not set', async () => {
    process.env['FLEETLIFT_TEST_PASSWORD'] = 'wrong';
    await expect(
      open({ user: 'guest', passwordEnv: 'FLEETLIFT_TEST_PASSWORD', identityFile: strangerKey }),
    ).rejects.toMatchObject({
      code: 'E-SSH-AUTH',
    });
    delete process.env['FLEETLIFT_TEST_PASSWORD'];
    await expect(open({ user: 'guest', passwordEnv: 'FLEETLIFT_TEST_PASSWORD' })).rejects.toMatchObject({
      code: 'E-SSH-AUTH',
      message: expect.stringContaining('FLEETLIFT_TEST_PASSWORD (ssh.passwordEnv) is not set') as string,
    });
  });

  let strangerKey: string;
  beforeAll(async () => {
    strangerKey = join(folder, 'stranger');
    await makeKey(strangerKey, 'ed25519');
  });
});

async function withSession(
  settings: SshSettings,
  use: (session: SshSession) => Promise<void>,
): Promise<void> {
  const session = await open(settings);
  try {
    await use(session);
  } finally {
    session.close();
  }
}

function open(settings: SshSettings): Promise<SshSession> {
  return openSession(
    {
      server: 'web1',
      host: '127.0.0.1',
      settings: {
        port: sshd.port,
        identityFile: join(folder, 'key'),
        knownHosts: join(folder, 'known_hosts'),
        ...settings,
      },
    },
    { home: folder },
  );
}
