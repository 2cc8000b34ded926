import { execa } from 'execa';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SourceFacts } from '../../model/facts.js';
import type { ReplicaPlan } from '../../model/plan.js';
import type { Receiver } from '../../model/transfer.js';
import { loopsBelow } from '../namespace/loopDevices.js';
import { diskFile, jobPaths } from '../paths.js';
import { closeReceiver, openReceiver, stopReceiver } from '../receiver/receiver.js';
import { deleteJob, openForVerify, prepareReplica, sealReplica, settlePass } from '../replica/replica.js';
import { buildWrapper } from '../testing/buildWrapper.js';
import { EXT4, MIB, planOf } from '../testing/plans.js';
import { freePort, makeSource, type TestSource } from '../testing/source.js';
import type { RelayContext } from '../types.js';
import { takeInitramfs } from './takeInitramfs.js';

/** An initramfs travels from a source to the image step, over the receiver and the disk that the relay makes for it. */
const job = { migration: 'm', server: 's', number: 1 };
let base: string;
let sent: string;
let taken: string;
let sender: TestSource;
let relay: RelayContext;
let plan: ReplicaPlan;

beforeAll(async () => {
  await buildWrapper();
  base = await mkdtemp(join(tmpdir(), 'fleetlift-initramfs-'));
  sender = await makeSource(join(base, 'keys'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

beforeEach(async () => {
  [sent, taken] = [join(base, randomUUID()), join(base, randomUUID())];
  await mkdir(sent);
  relay = {
    name: 'local',
    dir: await mkdtemp(join(base, 'relay-')),
    port: await freePort(),
    address: '127.0.0.1',
  };
  const root = { id: 'fs0', type: 'ext4', mountpoint: '/', sizeBytes: 64 * MIB };
  const planned = planOf([{ ...root, features: { ...EXT4, inodeCount: 1024 }, uuid: randomUUID() }]);
  plan = { ...planned, boot: { ...planned.boot, buildInitramfs: true } };
});
afterEach(async () => {
  await deleteJob(relay, job);
  await stopReceiver(relay);
  expect(await loopsBelow(relay.dir)).toEqual([]);
});

async function open(): Promise<Receiver> {
  await prepareReplica(relay, job, plan);
  return openReceiver(relay, job, sender.publicKey);
}

const push = (endpoint: Receiver, ...options: string[]) =>
  sender.push(endpoint, sent, ['--delete', '--exclude=/lost+found', ...options], 'initramfs');

async function take(): Promise<string> {
  const paths = jobPaths(relay, job);
  const fileOf = (disk: string): string => diskFile(paths, disk);
  await takeInitramfs({ paths, plan, facts: { filesystems: [] } as unknown as SourceFacts, fileOf }, taken);
  return readFile(taken, 'latin1');
}

test('it arrives, is checked on the disk and by checksum as the replica is, and is taken', async () => {
  await writeFile(join(sent, 'initrd.img'), Buffer.alloc(30 * MIB, 'drivers '));
  const endpoint = await open();
  expect(await push(endpoint)).toMatchObject({ exitCode: 0 });
  await settlePass(relay, job);
  await sealReplica(relay, job);
  await openForVerify(relay, job);
  const dryRun = await push(endpoint, '-n', '-c', '--out-format=%i %n');
  expect(dryRun).toMatchObject({ exitCode: 0, stdout: '' });
  await writeFile(join(sent, 'initrd.img'), Buffer.alloc(30 * MIB, 'virtio! '));
  expect((await push(endpoint, '-n', '-c', '--out-format=%i %n')).stdout).toContain('initrd.img');
  await sealReplica(relay, job);
  await closeReceiver(relay, job);
  expect((await take()).length).toBe(30 * MIB);
});

test.each([
  [
    'a link out of its disk',
    () => symlink('/etc/passwd', join(sent, 'initrd.img')),
    'cannot be read (ELOOP)',
  ],
  ['a FIFO', () => execa('mkfifo', [join(sent, 'initrd.img')]), 'is not a file'],
  ['a folder', () => mkdir(join(sent, 'initrd.img')), 'is not a file'],
  ['an empty file', () => writeFile(join(sent, 'initrd.img'), ''), 'has 0 bytes'],
  ['nothing', () => Promise.resolve(), 'did not arrive'],
  [
    'a hole larger than its disk',
    () => writeFile(join(sent, 'initrd.img'), 'x').then(() => truncate(join(sent, 'initrd.img'), 2 ** 30)),
    'has 1073741824 bytes',
  ],
])('what a source sends in its place is refused: %s', async (_, lay, words) => {
  await lay();
  expect(await push(await open(), '--sparse')).toMatchObject({ exitCode: 0 });
  await settlePass(relay, job);
  await sealReplica(relay, job);
  await expect(take()).rejects.toMatchObject({
    code: 'E-IMAGE-TREE',
    message: expect.stringContaining(words) as string,
  });
  await expect(readFile(taken)).rejects.toThrow('ENOENT');
});

test('it has its room and no more', async () => {
  await execa('sh', ['-c', `head -c 520M /dev/zero | tr '\\0' x >'${join(sent, 'initrd.img')}'`]);
  const pass = await push(await open(), '--compress');
  expect(pass.exitCode).toBe(11);
  // The sender is told too, unless the connection ends before the words have come.
  const log = await readFile(join(jobPaths(relay, job).log, 'rsyncd.log'), 'utf8');
  expect(log).toContain('No space left on device');
});
