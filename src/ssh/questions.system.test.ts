import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type KeyboardAuthContext, type Prompt } from 'ssh2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession } from './connect.js';
import { makeKey, startSshd } from './testing/sshd.js';

/** A server that only asks questions (as PAM does), which an sshd without PAM does not. */
let server: ssh2.Server;
let folder: string;
let port: number;
let answers: string[] = [];
const QUESTIONS: Prompt[] = [
  { prompt: 'Token: ', echo: true },
  { prompt: 'Password: ', echo: false },
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-questions-'));
  const hostKey = await makeKey(join(folder, 'host'), 'ed25519');
  await makeKey(join(folder, 'key'), 'ed25519');
  server = new ssh2.Server({ hostKeys: [await readFile(join(folder, 'host'))] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method !== 'keyboard-interactive') {
        context.reject(['keyboard-interactive']);
        return;
      }
      const asking: KeyboardAuthContext = context;
      asking.prompt(QUESTIONS, (given) => {
        answers = given;
        if (given[1] === 'open sesame') asking.accept();
        else asking.reject();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  await writeFile(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

it('answers a hidden question by the password, and no other', async () => {
  process.env['FLEETLIFT_TEST_ANSWER'] = 'open sesame';
  const session = await open(port);
  session.close();
  expect(answers).toEqual(['', 'open sesame']);
});

it('tells a refused answer', async () => {
  process.env['FLEETLIFT_TEST_ANSWER'] = 'open barley';
  await expect(open(port)).rejects.toMatchObject({ code: 'E-SSH-AUTH' });
});

it('tells a server that breaks off after too many tries', async () => {
  const sshd = await startSshd({ settings: ['MaxAuthTries 1', 'PasswordAuthentication yes'] });
  try {
    await writeFile(join(folder, 'known_hosts'), sshd.knownHosts('rsa'), { flag: 'a' });
    await expect(open(sshd.port)).rejects.toMatchObject({ code: 'E-SSH-AUTH' });
  } finally {
    await sshd.stop();
  }
});

function open(atPort: number): ReturnType<typeof openSession> {
  const settings = {
    port: atPort,
    identityFile: join(folder, 'key'),
    knownHosts: join(folder, 'known_hosts'),
    passwordEnv: 'FLEETLIFT_TEST_ANSWER',
  };
  return openSession({ server: 'web1', host: '127.0.0.1', settings }, { home: folder });
}
