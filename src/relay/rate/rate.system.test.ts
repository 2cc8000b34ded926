import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pollUntil } from '../../../activities/support/poll.js';
import type { JobRef } from '../../model/job.js';
import { limitTransfer, openReceiver, receiverStatus, stopReceiver } from '../receiver/receiver.js';
import { jobPaths } from '../paths.js';
import { deleteJob, prepareReplica } from '../replica/replica.js';
import { buildWrapper } from '../testing/buildWrapper.js';
import { EXT4, MIB, planOf } from '../testing/plans.js';
import { freePort, makeSource } from '../testing/source.js';
import type { RelayContext } from '../types.js';

const MEASURED_MS = 30_000;
const BYTES_PER_MEGABIT = 1e6 / 8;
const jobs: JobRef[] = ['one', 'two'].map((server) => ({ migration: 'm', server, number: 1 }));
let base: string;
let relay: RelayContext;

beforeAll(async () => {
  await buildWrapper();
  base = await mkdtemp(join(tmpdir(), 'fleetlift-rate-'));
  relay = { name: 'local', dir: join(base, 'relay'), port: await freePort(), address: '127.0.0.1' };
  await mkdir(relay.dir);
  await mkdir(join(base, 'source'));
  await execa('sh', ['-c', `head -c 700M /dev/urandom >'${join(base, 'source', 'large')}'`]);
});

afterAll(async () => {
  await stopReceiver(relay);
  for (const job of jobs) await deleteJob(relay, job);
  await rm(base, { recursive: true, force: true });
});

/** Megabits a second that came in over the measured time, of each job. */
async function measure(): Promise<number[]> {
  return Promise.all(
    jobs.map(async (job) => {
      const first = await nextCount(job, 0);
      const last = await nextCount(job, first.atMs + MEASURED_MS);
      return (last.bytes - first.bytes) / BYTES_PER_MEGABIT / ((last.atMs - first.atMs) / 1000);
    }),
  );
}

/**
 * The first count of the wrapper after a moment, with the time at which it was written: the wrapper counts once a
 * second, and a busy machine may let us read that late.
 */
async function nextCount(job: JobRef, afterMs: number): Promise<{ bytes: number; atMs: number }> {
  const folder = join(jobPaths(relay, job).receiver, 'connections');
  return pollUntil(20, AbortSignal.timeout(60_000), async () => {
    const [name, ...others] = await readdir(folder);
    if (name === undefined || others.length > 0) return null;
    const before = await stat(join(folder, name));
    const { wireBytes: bytes } = await receiverStatus(relay, job);
    const after = await stat(join(folder, name));
    return before.ino === after.ino && after.mtimeMs > afterMs ? { bytes, atMs: after.mtimeMs } : null;
  });
}

function expectNear(megabits: number | undefined, wanted: number): void {
  expect(megabits).toBeGreaterThan(wanted * 0.9);
  expect(megabits).toBeLessThan(wanted * 1.1);
}

test('a common limit is shared fairly, a cap of one leaves more to the other, and both change in flight', async () => {
  const pushes: Promise<unknown>[] = [];
  for (const job of jobs) {
    const filesystem = {
      id: 'fs0',
      type: 'ext4',
      mountpoint: '/',
      sizeBytes: 1000 * MIB,
      features: EXT4,
      uuid: randomUUID(),
    };
    await prepareReplica(relay, job, planOf([filesystem]));
    await limitTransfer(relay, job, { serverMbps: null, migrationMbps: 80 });
    const sender = await makeSource(join(base, `keys-${job.server}`));
    const endpoint = await openReceiver(relay, job, sender.publicKey);
    pushes.push(sender.push(endpoint, join(base, 'source')));
  }
  for (const job of jobs) {
    await pollUntil(50, AbortSignal.timeout(30_000), async () =>
      (await receiverStatus(relay, job)).wireBytes > 8 * MIB ? true : null,
    );
  }
  const shared = await measure();
  const [first] = jobs;
  if (first === undefined) throw new Error('two jobs');
  await limitTransfer(relay, first, { serverMbps: 16, migrationMbps: 80 });
  await pollUntil(500, AbortSignal.timeout(10_000), pause(2_500));
  const capped = await measure();
  console.log('Mbit/s', { shared, capped });
  expectNear(shared[0], 40);
  expectNear(shared[1], 40);
  expectNear(capped[0], 16);
  expectNear(capped[1], 64);
  await stopReceiver(relay);
  await Promise.all(pushes);
});

/** Lets what was on its way under the old limits go through. */
function pause(ms: number): () => Promise<true | null> {
  const startedMs = performance.now();
  return () => Promise.resolve(performance.now() - startedMs > ms ? true : null);
}
