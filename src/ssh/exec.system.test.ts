import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from './connect.js';
import { eventually, makeKey, startSshd, type TestSshd } from './testing/sshd.js';
import type { SshSession } from './types.js';

let sshd: TestSshd;
let folder: string;
let session: SshSession;

beforeAll(async () => {
  sshd = await startSshd();
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-exec-'));
  await sshd.authorize(await makeKey(join(folder, 'key'), 'ed25519'));
  await writeFile(join(folder, 'known_hosts'), sshd.knownHosts('ed25519'));
  session = await connect();
});
afterAll(async () => {
  await sshd.stop();
  await rm(folder, { recursive: true });
});

describe('exec', () => {
  it('gives output, errors and exit code apart', async () => {
    const result = await session.exec(`printf 'a b'; echo "it's" >&2; exit 3`);
    expect(result).toEqual({ exitCode: 3, stdout: Buffer.from('a b'), stderr: "it's\n" });
  });

  it('tells -1 for a command that a signal ended', async () => {
    expect((await session.exec('kill -9 $$')).exitCode).toBe(-1);
  });

  it('sends megabytes to stdin, and gets them back', async () => {
    const sent = Buffer.alloc(6 * 1024 * 1024, 'fleetlift\0');
    const { stdout } = await session.exec('cat', { stdin: sent });
    expect(stdout.equals(sent)).toBe(true);
  });

  it('ends with a command that does not read its stdin', async () => {
    const result = await session.exec('exit 7', { stdin: Buffer.alloc(8 * 1024 * 1024) });
    expect(result.exitCode).toBe(7);
  });

  it('stops endless output at the cap, without growing, and goes on to work', async () => {
    const before = process.memoryUsage().rss;
    const endless = session.exec(`echo $$ > ${folder}/pid; exec yes`, { maxOutputBytes: 1_000_000 });
    await expect(endless).rejects.toMatchObject({ code: 'E-AGENT-OUTPUT' });
    const pid = (await readFile(join(folder, 'pid'), 'utf8')).trim();
    await eventually(
      () =>
        readFile(`/proc/${pid}/stat`).then(
          () => false,
          () => true,
        ),
      'the end of yes',
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    expect((await session.exec('echo on')).stdout.toString()).toBe('on\n');
  });

  it('counts stderr to the cap', async () => {
    const endless = session.exec('exec yes >&2', { maxOutputBytes: 1_000_000 });
    await expect(endless).rejects.toMatchObject({ code: 'E-AGENT-OUTPUT' });
  });

  it('gives up on time, and when told to', async () => {
    await expect(session.exec('sleep 30', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'E-SSH-TIMEOUT',
    });
    const stopper = new AbortController();
    const stopped = session.exec('sleep 30', { signal: stopper.signal });
    stopper.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    await expect(session.exec('echo', { signal: stopper.signal })).rejects.toThrow('enough');
  });

  it('runs several commands at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) => session.exec(`sleep 0.1; echo ${index}`)),
    );
    expect(results.map(({ stdout }) => stdout.toString())).toEqual(
      Array.from({ length: 8 }, (_, index) => `${index}\n`),
    );
  });

  it('says that the link is lost when the connection is killed in the middle of a command', async () => {
    const before = new Set(await sshd.connections());
    const broken = await connect();
    const [pid] = (await sshd.connections()).filter((one) => !before.has(one));
    const running = broken.exec('echo half; sleep 60');
    const lost = expect(running).rejects.toMatchObject({ code: 'E-LINK-LOST', retryable: true });
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await lost;
    await expect(broken.exec('echo')).rejects.toMatchObject({ code: 'E-LINK-LOST' });
    broken.close();
  });

  it('refuses commands after close', async () => {
    const closed = await connect();
    closed.close();
    await expect(closed.exec('echo')).rejects.toMatchObject({ code: 'E-LINK-LOST' });
  });
});

function connect(): Promise<SshSession> {
  const settings = {
    user: 'root',
    port: sshd.port,
    identityFile: join(folder, 'key'),
    knownHosts: join(folder, 'known_hosts'),
  };
  return openSession({ server: 'web1', host: '127.0.0.1', settings }, { home: folder });
}
