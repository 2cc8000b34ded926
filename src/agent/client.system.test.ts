import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentClient } from './AgentClient.js';
import { startBench, type Bench } from './testing/bench.js';
import { localSession } from './testing/localSession.js';

const JOB = { migration: 'agenttest', server: 'nobody', number: 1 };

describe('the agent’s client', () => {
  let bench: Bench;
  beforeAll(async () => void (bench = await startBench('dash')));
  afterAll(() => bench.dispose());

  it('lays the agent down for root alone, and the same key is answered again', async () => {
    expect((await stat(bench.folder)).mode & 0o777).toBe(0o700);
    const key = await bench.agent.makeKey();
    expect(await bench.agent.makeKey()).toBe(key);
    expect((await stat(join(bench.folder, 'key'))).mode & 0o777).toBe(0o600);
    expect((await readFile(join(bench.folder, 'key.pub'), 'utf8')).trim()).toBe(key);
  });

  it('tells a port that is reached from one that is not', async () => {
    const open = { address: '127.0.0.1', port: bench.gate.port };
    expect(await bench.agent.reaches(open, 'connection')).toBe(true);
    expect(await bench.agent.reaches(open, 'greeting')).toBe(true);
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    expect(await bench.agent.reaches({ ...open, port }, 'connection')).toBe(false);
    expect(await bench.agent.reaches({ ...open, port }, 'greeting')).toBe(false);
  });

  it('tells a connection from a greeting where something else than sshd answers and hangs up', async () => {
    const other = createServer((socket) => socket.end('not ssh\r\n')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const place = { address: '127.0.0.1', port: (other.address() as AddressInfo).port };
    expect(await bench.agent.reaches(place, 'connection')).toBe(true);
    expect(await bench.agent.reaches(place, 'greeting')).toBe(false);
    other.close();
  });

  it('refuses a login that is not root before anything is made', async () => {
    const session = await localSession('dash', ['setpriv', '--reuid=65534', '--clear-groups']);
    await expect(AgentClient.push(session, JOB)).rejects.toMatchObject({ code: 'E-NOT-ROOT' });
    await expect(stat(`/var/lib/fleetlift/agenttest.nobody.1`)).rejects.toThrow('ENOENT');
    await session.dispose();
  });

  it.each(['dash', 'busybox', 'bash'] as const)('tells a full disk as such, also with %s', async (shell) => {
    const fill = [
      'mount -t tmpfs -o size=1m full /var/lib && mkdir -p /var/lib/fleetlift/agenttest.nobody.1',
      'head -c 2m /dev/zero >/var/lib/ballast 2>/dev/null; exec "$@"',
    ].join('\n');
    const session = await localSession(shell, ['unshare', '-m', 'sh', '-c', fill, 'sh']);
    await expect(AgentClient.push(session, JOB)).rejects.toMatchObject({ code: 'E-SOURCE-FULL' });
    await session.dispose();
  });

  it('knows no pass that was never started, and stops it without a word', async () => {
    expect(await bench.agent.passStatus(9)).toBeNull();
    await bench.agent.stopPass(9);
    expect(await bench.agent.passStatus(9)).toBeNull();
  });

  it('refuses to build an initramfs for a release that is a path', async () => {
    await expect(bench.agent.buildInitramfs('../x')).rejects.toMatchObject({ code: 'E-INITRAMFS' });
  });
});

describe('several agents on one source', () => {
  it('are laid down for one job at once, as a cutover does it that holds services and sends', async () => {
    const session = await localSession('dash');
    const agents = await Promise.all(Array.from({ length: 24 }, () => AgentClient.push(session, JOB)));
    expect(await readdir('/var/lib/fleetlift/agenttest.nobody.1')).toEqual(['agent.sh']);
    await agents[0]?.remove();
    await session.dispose();
  });

  it.each(['dash', 'busybox', 'bash'] as const)(
    'leaves the time stamp of the folder above, also where many come and go at once, with %s',
    async (shell) => {
      const session = await localSession(shell);
      const before = (await stat('/var/lib')).mtimeMs;
      for (let round = 0; round < 5; round += 1) {
        const jobs = Array.from({ length: 6 }, (_, at) => ({ ...JOB, server: `nobody${String(at)}` }));
        await Promise.all(jobs.map(async (job) => (await AgentClient.push(session, job)).remove()));
      }
      expect((await stat('/var/lib')).mtimeMs).toBe(before);
      await session.dispose();
    },
  );
});
