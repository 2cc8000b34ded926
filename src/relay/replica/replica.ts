import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { JobRef } from '../../model/job.js';
import type { ReplicaPlan } from '../../model/plan.js';
import { withLock } from '../lock.js';
import { jobPaths, type JobPaths } from '../paths.js';
import { endTurn } from '../space/turns.js';
import type { RelayContext } from '../types.js';
import { withExtraDisks } from './extraDisks.js';
import { closeNamespace, prepare, type PrepareOptions } from './prepare.js';
import { removeJob, removeReplica } from './remove.js';
import { seal } from './seal.js';
import { settle, type Settled } from './settle.js';
import { mountForVerify } from './verifyMount.js';

export { reconcile } from './reconcile.js';
export { suspendReplicas } from './suspend.js';

/**
 * Makes the replica's disks as planned, where they are not made yet, and mounts every filesystem for writing in the
 * job's namespace. May be repeated after a crash at any line. Where bytes of an earlier pass were lost, filesystems
 * are repaired, and the next pass compares content instead of sizes and times.
 *
 * @throws FleetliftError E-RELAY-DISK, E-RELAY-TOOL, E-FS-UNSUPPORTED, or the reason of an abort
 */
export async function prepareReplica(
  relay: RelayContext,
  job: JobRef,
  plan: ReplicaPlan,
  options: PrepareOptions = {},
): Promise<void> {
  await alone(relay, job, (paths) => prepare(paths, withExtraDisks(plan), options));
}

/**
 * Ends a pass on the relay: receivers have ended, and what they received lies on the disk.
 *
 * @throws FleetliftError E-RELAY-FULL where bytes did not reach the disk or a receiver was stopped for want of room;
 *   E-RELAY-DISK where the replica was unmounted before it was written out
 */
export async function settlePass(relay: RelayContext, job: JobRef): Promise<Settled> {
  return alone(relay, job, settle);
}

/**
 * Unmounts the replica, so that what is read next comes from the disk, and checks every filesystem read-only.
 *
 * @throws FleetliftError E-VERIFY-FSCK, E-RELAY-FULL, E-RELAY-DISK
 */
export async function sealReplica(relay: RelayContext, job: JobRef): Promise<void> {
  await alone(relay, job, seal);
}

/**
 * Mounts a sealed replica read-only, for a dry run of the source against it.
 *
 * @throws FleetliftError E-RELAY-DISK
 */
export async function openForVerify(relay: RelayContext, job: JobRef): Promise<void> {
  await alone(relay, job, mountForVerify);
}

/** Unmounts a settled replica until the next pass, and ends the job's turn. May be repeated. */
export async function restReplica(relay: RelayContext, job: JobRef): Promise<void> {
  await alone(relay, job, closeNamespace);
  await endTurn(relay, job);
}

/** Deletes the replica: disks, namespace, receiver. Images and logs stay. May be repeated. */
export async function releaseReplica(relay: RelayContext, job: JobRef): Promise<void> {
  await alone(relay, job, (paths) => removeReplica(relay, job, paths));
}

/** Deletes everything of the job on this relay, images and logs included. May be repeated. */
export async function deleteJob(relay: RelayContext, job: JobRef): Promise<void> {
  await alone(relay, job, (paths) => removeJob(relay, job, paths));
}

/** One thing at a time with a job's replica, also when an activity that was given up still runs. */
async function alone<T>(
  relay: RelayContext,
  job: JobRef,
  action: (paths: JobPaths) => Promise<T>,
): Promise<T> {
  const paths = jobPaths(relay, job);
  const locks = join(relay.dir, 'locks');
  await mkdir(locks, { recursive: true, mode: 0o700 });
  return withLock(join(locks, `${job.migration}+${job.server}+${job.number}`), () => action(paths));
}
