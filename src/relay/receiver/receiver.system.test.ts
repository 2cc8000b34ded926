import { execa } from 'execa';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Receiver } from '../../model/transfer.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { loopsBelow } from '../namespace/loopDevices.js';
import { jobPaths, mountPoint } from '../paths.js';
import {
  deleteJob,
  openForVerify,
  prepareReplica,
  reconcile,
  sealReplica,
  settlePass,
} from '../replica/replica.js';
import { buildWrapper } from '../testing/buildWrapper.js';
import { EXT4, MIB, planOf } from '../testing/plans.js';
import { freePort, makeSource, type TestSource } from '../testing/source.js';
import type { RelayContext } from '../types.js';
import { until } from '../until.js';
import { greets } from './greets.js';
import { closeReceiver, openReceiver, receiverStatus, stopReceiver } from './receiver.js';

const job = { migration: 'm', server: 's', number: 1 };
let base: string;
let relay: RelayContext;
let source: string;
let sender: TestSource;

beforeAll(async () => {
  await buildWrapper();
  base = await mkdtemp(join(tmpdir(), 'fleetlift-receiver-'));
  source = join(base, 'source');
  sender = await makeSource(join(base, 'keys'));
  await mkdir(source);
  await writeFile(join(source, 'small'), 'small');
  await writeFile(join(source, 'data'), Buffer.alloc(20 * MIB, 'some content '));
});
afterAll(() => rm(base, { recursive: true, force: true }));

beforeEach(async () => {
  const dir = await mkdtemp(join(base, 'relay-'));
  relay = { name: 'local', dir, port: await freePort(), address: '127.0.0.1' };
});
afterEach(async () => {
  await deleteJob(relay, job);
  await stopReceiver(relay);
  expect(await greets(relay.port)).toBe(false);
  expect(await loopsBelow(relay.dir)).toEqual([]);
});

async function prepared(sizeBytes = 100 * MIB): Promise<Receiver> {
  const filesystem = {
    id: 'fs0',
    type: 'ext4',
    mountpoint: '/',
    sizeBytes,
    features: EXT4,
    uuid: randomUUID(),
  };
  await prepareReplica(relay, job, planOf([filesystem]));
  return openReceiver(relay, job, sender.publicKey);
}

const push = (endpoint: Receiver, from: string, options: readonly string[] = []) =>
  sender.push(endpoint, from, options);

test('a pass arrives, is counted, settled, sealed, and a checksum dry run against the disk finds no difference', async () => {
  const endpoint = await prepared();
  const pass = await push(endpoint, source, ['--delete', '--exclude=lost+found']);
  expect(pass).toMatchObject({ exitCode: 0 });
  const { wireBytes } = await settlePass(relay, job);
  expect(wireBytes).toBeGreaterThan(20 * MIB);
  expect(wireBytes).toBeLessThan(21 * MIB);
  await sealReplica(relay, job);
  expect((await push(endpoint, source)).stderr).toContain('the replica is not mounted');
  await openForVerify(relay, job);
  const verify = await push(endpoint, source, [
    '-n',
    '-c',
    '-i',
    '--exclude=lost+found',
    '--out-format=%i|%n',
  ]);
  expect(verify).toMatchObject({ exitCode: 0 });
  expect(verify.stdout.split('\n').filter((line) => /^[<>c]f/.test(line))).toEqual([]);
  expect(await receiverStatus(relay, job)).toMatchObject({ failure: null });
});

test('the key opens nothing but sending to its own replica', async () => {
  const endpoint = await prepared();
  const words = await sender.ssh(endpoint);
  const run = (...more: string[]) =>
    execa(String(words[0]), [...words.slice(1), ...more], { reject: false, input: '' });
  for (const command of [
    '',
    'id',
    'rsync --server --sender -logDtpr . /etc',
    'rsync --server --daemon --config=/x .',
  ]) {
    const refused = await run('root@127.0.0.1', ...(command === '' ? [] : [command]));
    expect(refused.exitCode).toBe(77);
    expect(refused.stderr).toContain('may only send to its replica');
    expect(refused.stdout).toBe('');
  }
  const forward = await run('-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:9', '-N', 'root@127.0.0.1');
  expect(forward.exitCode).not.toBe(0);

  const remote = `${endpoint.user}@127.0.0.1::`;
  const shell = ['-e', words.join(' ')];
  expect((await push(endpoint, source)).exitCode).toBe(0);
  const back = await execa('rsync', [...shell, '-a', `${remote}replica/fs0/`, join(base, 'back')], {
    reject: false,
  });
  expect(back.stderr).toContain('write only');
  const other = await execa('rsync', [...shell, '-a', `${source}/`, `${remote}etc/`], { reject: false });
  expect(other.stderr).toContain("Unknown module 'etc'");
  await execa('rsync', [...shell, '-a', `${source}/`, `${remote}replica/../../x/`], { reject: false });
  expect(await readdir(jobPaths(relay, job).job)).not.toContain('x');
  expect(await readdir(relay.dir)).not.toContain('x');
});

test('a public key that carries more than a key is refused', async () => {
  const own = sender.publicKey;
  for (const bad of ['', `command="sh" ${own}`, `${own.trim()}\n${own}`, 'ssh-ed25519']) {
    await expect(openReceiver(relay, job, bad)).rejects.toMatchObject({ code: 'E-AGENT-OUTPUT' });
  }
});

test('the sshd is adopted by the next worker, and ends with the last job', async () => {
  await prepared();
  const pid = await readFile(join(relay.dir, 'receiver/sshd.pid'), 'utf8');
  const other = { ...job, number: 2 };
  await openReceiver(relay, other, sender.publicKey);
  expect(await readFile(join(relay.dir, 'receiver/sshd.pid'), 'utf8')).toBe(pid);
  await closeReceiver(relay, other);
  expect(await greets(relay.port)).toBe(true);
  await closeReceiver(relay, job);
  expect(await greets(relay.port)).toBe(false);
  await deleteJob(relay, other);
});

test('after everything of the relay was killed, reconcile brings the receiver and its replica back', async () => {
  const endpoint = await prepared();
  expect((await push(endpoint, source)).exitCode).toBe(0);
  await settlePass(relay, job);
  process.kill((await JobNamespace.open(jobPaths(relay, job), 'replica')).pid, 'SIGKILL');
  process.kill(Number(await readFile(join(relay.dir, 'receiver/sshd.pid'), 'utf8')), 'SIGKILL');
  await until(async () => !(await greets(relay.port)), { deadlineMs: 5000 });
  const deeds = (await reconcile({ ...relay, port: 0, address: '0.0.0.0' })).join('\n');
  expect(deeds).toContain('mounted the replica of job/m/s/1 again');
  expect(deeds).toContain('started the receiver again');
  expect((await push(endpoint, source)).exitCode).toBe(0);
});

test('closing the receiver in the middle of a transfer ends it, and the rest goes where it stopped', async () => {
  const endpoint = await prepared(400 * MIB);
  const big = join(base, 'big');
  await mkdir(big, { recursive: true });
  await execa('sh', ['-c', `head -c 200M /dev/urandom >${big}/file`]);
  const running = push(endpoint, big, ['--bwlimit=100M']);
  await until(async () => (await receiverStatus(relay, job)).wireBytes > 30 * MIB, { deadlineMs: 20_000 });
  await closeReceiver(relay, job);
  expect((await running).exitCode).not.toBe(0);
  const before = (await receiverStatus(relay, job)).wireBytes;
  expect(await receiverStatus(relay, job)).toMatchObject({ connections: 0 });
  await openReceiver(relay, job, sender.publicKey);
  expect((await push(endpoint, big)).exitCode).toBe(0);
  const { wireBytes } = await settlePass(relay, job);
  expect(wireBytes).toBeLessThan(206 * MIB);
  expect(before).toBeGreaterThan(30 * MIB);
  const arrived = join(mountPoint(jobPaths(relay, job), 'fs0'), 'file');
  const namespace = await JobNamespace.open(jobPaths(relay, job), 'replica');
  await execa('cmp', [join(big, 'file'), namespace.hostPath(arrived)]);
});

test('a source that opens a connection and never ends it is cut off by settling', async () => {
  const endpoint = await prepared();
  const words = await sender.ssh(endpoint);
  const held = execa(String(words[0]), [...words.slice(1), 'root@127.0.0.1', 'rsync --server --daemon .'], {
    reject: false,
    stdin: 'pipe',
  });
  await until(async () => (await receiverStatus(relay, job)).connections === 1, { deadlineMs: 10_000 });
  await closeReceiver(relay, job);
  expect((await held).exitCode).not.toBe(0);
  await settlePass(relay, job);
});
