import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SmallDisk } from '../../../test/support/smallDisk.js';
import { jobPaths } from '../paths.js';
import { reconcile } from '../replica/replica.js';
import { MIB } from '../testing/plans.js';
import type { RelayContext } from '../types.js';
import { MARGIN_BYTES } from './margin.js';
import { capacityBytes, freeBytes, lookForRoom, reserve, unreserve } from './space.js';

/** A relay on a disk of its own. */
const [a, b, c] = ['a', 'b', 'c'].map((server) => ({ migration: 'm', server, number: 1 })) as [Job, Job, Job];
type Job = { migration: string; server: string; number: number };
let disk: SmallDisk;
let relay: RelayContext;
/** What jobs may have of it together. */
let room: number;

beforeEach(async () => {
  disk = await SmallDisk.make(1200 * MIB);
  relay = { name: 'local', dir: join(disk.path, 'relay'), port: 0, address: '127.0.0.1' };
  room = (await freeBytes(relay.dir)) - MARGIN_BYTES;
});
afterEach(() => disk.dispose());

/** The job writes so much of what it has reserved. */
async function write(job: Job, bytes: number): Promise<void> {
  const { disks } = jobPaths(relay, job);
  await mkdir(disks, { recursive: true });
  await writeFile(join(disks, 'system.raw'), Buffer.alloc(bytes, 1), { flush: true });
}

test('what one job has reserved or written, no other gets; it says who has the rest', async () => {
  expect(await reserve(relay, a, 600 * MIB)).toEqual({ reserved: true });
  const refused = await reserve(relay, b, 600 * MIB);
  expect(refused).toMatchObject({ reserved: false, neededBytes: 600 * MIB });
  expect(refused).toMatchObject({
    reason: expect.stringMatching(
      /^waits for room on relay local: needs 0\.6 GiB, 1\.0 GiB free in .*, of which 0\.6 GiB are promised to other jobs$/,
    ) as unknown,
  });
  // What is written is promised no longer, but taken.
  await write(a, 100 * MIB);
  expect(await reserve(relay, b, room - 590 * MIB)).toMatchObject({ reserved: false });
  expect(await reserve(relay, b, room - 610 * MIB)).toEqual({ reserved: true });
});

test('a job keeps what it has reserved, however often it asks, and may ask for more', async () => {
  await reserve(relay, a, 600 * MIB);
  await write(a, 300 * MIB);
  expect(await reserve(relay, a, 600 * MIB)).toEqual({ reserved: true });
  expect(await reserve(relay, a, 900 * MIB)).toEqual({ reserved: true });
  await reserve(relay, b, room - 950 * MIB);
  expect(await reserve(relay, a, 990 * MIB)).toMatchObject({ reserved: false });
  expect(await reserve(relay, a, 900 * MIB)).toEqual({ reserved: true });
});

test('room given back, or made by the operator, is there for the one that waits', async () => {
  await reserve(relay, a, 600 * MIB);
  const waiting = [{ job: b, bytes: 600 * MIB }];
  expect(await lookForRoom(relay, waiting)).toEqual([expect.stringContaining('0.6 GiB are promised')]);
  await unreserve(relay, a);
  expect(await lookForRoom(relay, waiting)).toEqual([null]);
  await disk.fill(500 * MIB);
  expect(await lookForRoom(relay, waiting)).toEqual([expect.not.stringContaining('promised')]);
  await disk.empty();
  expect(await lookForRoom(relay, waiting)).toEqual([null]);
  expect(await reserve(relay, b, 600 * MIB)).toEqual({ reserved: true });
});

test('of those that wait, each is told what the ones before it leave', async () => {
  const waiting = [a, b, c].map((job, index) => ({ job, bytes: [600, 500, 300][index] ?? 0 })).map(inMiB);
  expect(await lookForRoom(relay, waiting)).toEqual([null, expect.stringContaining('needs 0.5 GiB'), null]);
  // It was only asked.
  expect(await reserve(relay, b, 900 * MIB)).toEqual({ reserved: true });
});

test('what the disk could never hold is refused for good, with both figures', async () => {
  expect(await capacityBytes(relay.dir)).toBeLessThan(1200 * MIB - MARGIN_BYTES);
  await expect(reserve(relay, a, 1200 * MIB)).rejects.toMatchObject({
    code: 'E-RELAY-SPACE',
    message: expect.stringMatching(/a needs 1\.2 GiB.* on relay local can give 1\.0 GiB at most/) as unknown,
  });
});

test('a reserved room that something else has taken is a full relay', async () => {
  await reserve(relay, a, 600 * MIB);
  await disk.fill(300 * MIB);
  await expect(reserve(relay, a, 600 * MIB)).rejects.toMatchObject({ code: 'E-RELAY-FULL' });
});

test('a restart of the relay keeps the reservation of a job that has made nothing yet, and no other', async () => {
  await reserve(relay, a, 600 * MIB);
  await reserve(relay, b, 300 * MIB);
  await rm(jobPaths(relay, b).job, { recursive: true });
  expect(await reconcile(relay)).toEqual([expect.stringContaining(jobPaths(relay, b).job)]);
  expect(await reserve(relay, b, 600 * MIB)).toMatchObject({ reserved: false });
});

function inMiB({ job, bytes }: { job: Job; bytes: number }): { job: Job; bytes: number } {
  return { job, bytes: bytes * MIB };
}
