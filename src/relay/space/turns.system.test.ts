import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ReplicaPlan } from '../../model/plan.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { loopsBelow } from '../namespace/loopDevices.js';
import { jobPaths } from '../paths.js';
import { deleteJob, prepareReplica, reconcile, restReplica } from '../replica/replica.js';
import { openReceiver, stopReceiver } from '../receiver/receiver.js';
import { BTRFS, MIB, planOf } from '../testing/plans.js';
import { freePort, makeSource } from '../testing/source.js';
import type { RelayContext } from '../types.js';
import { takeTurn } from './turns.js';

/** Two clones on a relay whose kernel is said to be Debian 12's; their replicas are really mounted. */
const [job, clone] = ['web1', 'web2'].map((server) => ({ migration: 'm', server, number: 1 })) as [Job, Job];
type Job = { migration: string; server: string; number: number };
let relay: RelayContext;
let plan: ReplicaPlan;

beforeEach(async () => {
  vi.stubEnv('FLEETLIFT_RELAY_KERNEL', '6.1.0-18-amd64');
  vi.useFakeTimers({ toFake: ['Date'] });
  const dir = await mkdtemp(join(tmpdir(), 'fleetlift-turns-'));
  relay = { name: 'local', dir, port: await freePort(), address: '127.0.0.1' };
  const root = { id: 'fs0', type: 'btrfs', mountpoint: '/', sizeBytes: 160 * MIB, features: BTRFS };
  plan = planOf([{ ...root, uuid: randomUUID() }]);
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  for (const one of [job, clone]) await deleteJob(relay, one);
  await stopReceiver(relay);
  expect(await loopsBelow(relay.dir)).toEqual([]);
  await rm(relay.dir, { recursive: true });
});

const muchLater = (): void => void vi.setSystemTime(Date.now() + 60 * 60_000);

test('what is mounted keeps its turn, however long that is; what rests, or is deleted, gives it up', async () => {
  expect(await takeTurn(relay, job, plan)).toBeNull();
  await prepareReplica(relay, job, plan);
  muchLater();
  expect(await takeTurn(relay, clone, plan)).toContain('web1 of m');
  await restReplica(relay, job);
  expect(await takeTurn(relay, clone, plan)).toBeNull();
  await prepareReplica(relay, clone, plan);
  muchLater();
  expect(await takeTurn(relay, job, plan)).toContain('web2 of m');
  await deleteJob(relay, clone);
  expect(await takeTurn(relay, job, plan)).toBeNull();
});

test('a namespace that was killed keeps no turn', async () => {
  await takeTurn(relay, job, plan);
  await prepareReplica(relay, job, plan);
  muchLater();
  await (await JobNamespace.find(jobPaths(relay, job), 'replica'))?.close();
  expect(await takeTurn(relay, clone, plan)).toBeNull();
});

test('a relay that starts again leaves a replica unmounted whose turn is over', async () => {
  const { publicKey } = await makeSource(join(relay.dir, 'keys'));
  await takeTurn(relay, job, plan);
  await prepareReplica(relay, job, plan);
  await openReceiver(relay, job, publicKey);
  const paths = jobPaths(relay, job);
  // As after a reboot of the relay: its namespace is gone, and it would be mounted again for its source.
  await (await JobNamespace.find(paths, 'replica'))?.close();
  muchLater();
  await takeTurn(relay, clone, plan);
  const deeds = await reconcile(relay);
  expect(deeds.join('\n')).toMatch(/left the replica of job\/m\/web1\/1 unmounted: it waits for its turn/);
  expect(await JobNamespace.find(paths, 'replica')).toBeNull();
});
