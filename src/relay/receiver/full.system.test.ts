import { execa } from 'execa';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { SmallDisk } from '../../../test/support/smallDisk.js';
import type { ReplicaPlan } from '../../model/plan.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { loopsBelow } from '../namespace/loopDevices.js';
import { jobPaths, mountPoint } from '../paths.js';
import { unsettledFile } from '../replica/trust.js';
import { deleteJob, openForVerify, prepareReplica, sealReplica, settlePass } from '../replica/replica.js';
import { buildWrapper } from '../testing/buildWrapper.js';
import { EXT4, MIB, planOf } from '../testing/plans.js';
import { freePort, makeSource, type TestSource } from '../testing/source.js';
import { reserve } from '../space/space.js';
import type { RelayContext } from '../types.js';
import { settingsFile, type ReceiverSettings } from './layout.js';
import { openReceiver, receiverStatus, stopReceiver } from './receiver.js';

/** A relay whose folder lies on a small disk of its own, and a source with more than fits. */
const job = { migration: 'm', server: 's', number: 1 };
/** Room at first: for a replica and a part of the source's 360 MB. */
const LEFT_BYTES = 330 * MIB;
let base: string;
let source: string;
let sender: TestSource;
let relay: RelayContext;
let disk: SmallDisk;
let plan: ReplicaPlan;

beforeAll(async () => {
  await buildWrapper();
  base = await mkdtemp(join(tmpdir(), 'fleetlift-full-'));
  source = join(base, 'source');
  await mkdir(source);
  for (let index = 0; index < 6; index += 1) {
    await execa('sh', ['-c', `head -c 60M /dev/urandom >'${join(source, `file${index}`)}'`]);
  }
  sender = await makeSource(join(base, 'keys'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

beforeEach(async () => {
  disk = await SmallDisk.make(1200 * MIB);
  relay = { name: 'local', dir: disk.path, port: await freePort(), address: '127.0.0.1' };
  await disk.fill(LEFT_BYTES);
  const filesystem = {
    id: 'fs0',
    type: 'ext4',
    mountpoint: '/',
    sizeBytes: 600 * MIB,
    features: EXT4,
    uuid: randomUUID(),
  };
  plan = planOf([filesystem]);
});
afterEach(async () => {
  await deleteJob(relay, job);
  await stopReceiver(relay);
  expect(await loopsBelow(relay.dir)).toEqual([]);
  // The sshd process of an ended connection keeps its log open for a moment after its receiver has ended.
  await disk.dispose();
});

/** What a receiver does against a full disk is switched off. */
async function watchNothing(): Promise<void> {
  const settings: ReceiverSettings = {
    relayDir: relay.dir,
    marginBytes: -(2 ** 50),
    writeOut: { ms: 2 ** 50, bytes: 2 ** 50 },
  };
  await writeFile(settingsFile(jobPaths(relay, job).receiver), JSON.stringify(settings));
}

async function passAgainAndVerify(): Promise<void> {
  await prepareReplica(relay, job, plan);
  const endpoint = await openReceiver(relay, job, sender.publicKey);
  expect(await sender.push(endpoint, source, ['--delete', '--exclude=lost+found'])).toMatchObject({
    exitCode: 0,
  });
  await settlePass(relay, job);
  await sealReplica(relay, job);
  await openForVerify(relay, job);
  const namespace = await JobNamespace.open(jobPaths(relay, job), 'replica');
  const arrived = namespace.hostPath(mountPoint(jobPaths(relay, job), 'fs0'));
  await execa('diff', ['-r', '--exclude=lost+found', source, arrived]);
}

test('a pass that would fill the relay is stopped before, and goes on once there is room', async () => {
  await prepareReplica(relay, job, plan);
  const endpoint = await openReceiver(relay, job, sender.publicKey);
  const pass = await sender.push(endpoint, source);
  expect(pass.exitCode).not.toBe(0);
  expect(pass.stderr).toContain('E-RELAY-FULL');
  expect(await receiverStatus(relay, job)).toMatchObject({ failure: { code: 'E-RELAY-FULL' } });
  expect((await receiverStatus(relay, job)).freeBytes).toBeGreaterThan(32 * MIB);
  await expect(settlePass(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
  await expect(sealReplica(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
  await disk.empty();
  await passAgainAndVerify();
});

test('bytes that the full disk lost are noticed when they are written out, and arrive once there is room', async () => {
  await prepareReplica(relay, job, plan);
  const endpoint = await openReceiver(relay, job, sender.publicKey);
  // The watch is switched off: what is left is what the kernel tells when it writes out.
  await watchNothing();
  await sender.push(endpoint, source);
  await expect(settlePass(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
  await expect(settlePass(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
  await expect(sealReplica(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
  await disk.empty();
  await expect(settlePass(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
  await passAgainAndVerify();
});

test('a disk without room for a single block more is told as full, and what it lost arrives once there is room', async () => {
  await reserve(relay, job, 100 * MIB);
  await prepareReplica(relay, job, plan);
  const endpoint = await openReceiver(relay, job, sender.publicKey);
  await disk.fill(0);
  expect((await sender.push(endpoint, source)).stderr).toContain('E-RELAY-FULL');
  expect(await receiverStatus(relay, job)).toMatchObject({ failure: { code: 'E-RELAY-FULL' } });
  await expect(settlePass(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
  await expect(reserve(relay, job, 100 * MIB)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
  await disk.empty();
  await passAgainAndVerify();
});

test('a replica whose mount ended with bytes unwritten on a full disk is repaired, and compared anew', async () => {
  await prepareReplica(relay, job, plan);
  const endpoint = await openReceiver(relay, job, sender.publicKey);
  const paths = jobPaths(relay, job);
  await watchNothing();
  await sender.push(endpoint, source);
  await (await JobNamespace.open(paths, 'replica')).close();
  await disk.fill(0);
  // Over the mark that the receiver left: emptied first, its block may be gone before there is another.
  await writeFile(unsettledFile(paths.work), 'a mount that ended', { flag: 'r+' });
  await expect(settlePass(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-DISK' });
  await disk.empty();
  await passAgainAndVerify();
});

test('a job that takes more than it reserved is stopped before it takes what was promised to another', async () => {
  const other = { ...job, server: 'other' };
  await disk.empty();
  expect(await reserve(relay, other, 800 * MIB)).toEqual({ reserved: true });
  expect(await reserve(relay, job, 50 * MIB)).toEqual({ reserved: true });
  await prepareReplica(relay, job, plan);
  const endpoint = await openReceiver(relay, job, sender.publicKey);
  // As slow as a link: what waits to be written out is not yet seen as taken.
  const pass = await sender.push(endpoint, source, ['--bwlimit=30m']);
  expect(pass.stderr).toContain('is promised to others');
  await expect(settlePass(relay, job)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
  expect((await receiverStatus(relay, job)).freeBytes).toBeGreaterThan(800 * MIB);
});
