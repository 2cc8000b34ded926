import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ReplicaPlan } from '../../model/plan.js';
import { BTRFS, EXT4, MIB, planOf } from '../testing/plans.js';
import type { RelayContext } from '../types.js';
import { exclusiveUuids, mountsClones } from './clones.js';
import { lookForRoom } from './space.js';
import { endTurn, keepTurn, takeTurn, waitForTurn } from './turns.js';

type Job = { migration: string; server: string; number: number };
const [a, b, c] = ['a', 'b', 'c'].map((server) => ({ migration: 'm', server, number: 1 })) as [Job, Job, Job];
const MINUTE_MS = 60_000;
const REASON =
  /^waits for its turn on relay local: a of m has a btrfs of the same UUID .* kernel 6\.1\.0-18-amd64 /;
let relay: RelayContext;

beforeEach(async () => {
  vi.stubEnv('FLEETLIFT_RELAY_KERNEL', '6.1.0-18-amd64');
  vi.useFakeTimers({ toFake: ['Date'] });
  relay = {
    name: 'local',
    dir: await mkdtemp(join(tmpdir(), 'fleetlift-turns-')),
    port: 0,
    address: '127.0.0.1',
  };
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await rm(relay.dir, { recursive: true });
});

/** A root on ext4, with the same UUID in all of them, and these on btrfs. */
function plan(...uuids: string[]): ReplicaPlan {
  const root = { id: 'fs0', type: 'ext4', mountpoint: '/', sizeBytes: MIB, features: EXT4, uuid: 'root' };
  const others = uuids.map((uuid, at) => ({
    ...root,
    ...{ id: `fs${at + 1}`, type: 'btrfs', mountpoint: `/m${at}`, features: BTRFS, uuid },
  }));
  return planOf([root, ...others]);
}

const later = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
const ask = (...jobs: Job[]) =>
  lookForRoom(
    relay,
    jobs.map((job) => ({ job, bytes: 1 })),
  );

test.each([
  ['6.1.0-18-amd64', false],
  ['5.14.0-427.el9.x86_64', false],
  ['6.6.99', false],
  ['6.7.0', true],
  ['6.12.3-amd64', true],
  ['7.0', true],
  ['unknown', false],
])('a kernel %s mounts clones together: %s', (release, together) => {
  expect(mountsClones(release)).toBe(together);
  expect(exclusiveUuids(plan('x', 'y'), release)).toEqual(together ? [] : ['x', 'y']);
});

test('of two jobs with one UUID the second is told whose turn it is, and has its own after that', async () => {
  expect(await takeTurn(relay, a, plan('x', 'y'))).toBeNull();
  expect(await takeTurn(relay, a, plan('x', 'y'))).toBeNull();
  expect(await takeTurn(relay, b, plan('y'))).toMatch(REASON);
  expect(await ask(b)).toEqual([expect.stringMatching(REASON)]);
  expect(await takeTurn(relay, c, plan('z'))).toBeNull();
  await endTurn(relay, a);
  expect(await ask(b)).toEqual([null]);
  expect(await takeTurn(relay, b, plan('y'))).toBeNull();
  expect(await takeTurn(relay, a, plan('x', 'y'))).toContain('b of m');
});

test('of several that wait only one has the turn next, and one without room leaves it to the others', async () => {
  await takeTurn(relay, a, plan('x'));
  for (const job of [b, c]) await takeTurn(relay, job, plan('x'));
  await endTurn(relay, a);
  expect(await ask(b, c)).toEqual([null, expect.stringContaining('b of m')]);
  const large = await lookForRoom(relay, [
    { job: b, bytes: 2 ** 60 },
    { job: c, bytes: 1 },
  ]);
  expect(large).toEqual([expect.stringMatching(/^waits for room/), null]);
});

test('a job that is heard of no more loses its turn, and one that goes on keeps it', async () => {
  await takeTurn(relay, a, plan('x'));
  later(9 * MINUTE_MS);
  await keepTurn(relay, a);
  later(9 * MINUTE_MS);
  expect(await takeTurn(relay, b, plan('x'))).toMatch(REASON);
  later(2 * MINUTE_MS);
  expect(await takeTurn(relay, b, plan('x'))).toBeNull();
  await keepTurn(relay, a);
  expect(await takeTurn(relay, b, plan('x'))).toBeNull();
});

test('a step that has begun waits for its turn, says so, and ends its wait with the step', async () => {
  await takeTurn(relay, a, plan('x'));
  const abort = new AbortController();
  const reasons: string[] = [];
  const waiting = waitForTurn(relay, b, plan('x'), {
    signal: abort.signal,
    onWait: (reason) => {
      reasons.push(reason);
      abort.abort(new Error('given up'));
    },
  });
  await expect(waiting).rejects.toThrow('given up');
  expect(reasons).toEqual([expect.stringMatching(REASON)]);
  await endTurn(relay, a);
  await waitForTurn(relay, b, plan('x'), { signal: new AbortController().signal, onWait: () => undefined });
  expect(await takeTurn(relay, a, plan('x'))).toContain('b of m');
});

test('where the kernel mounts both, and where there is no btrfs, nothing is written down', async () => {
  expect(await takeTurn(relay, a, plan())).toBeNull();
  vi.stubEnv('FLEETLIFT_RELAY_KERNEL', '6.12.0');
  for (const job of [a, b]) expect(await takeTurn(relay, job, plan('x'))).toBeNull();
  await endTurn(relay, a);
  expect(await readdir(relay.dir)).toEqual([]);
});
