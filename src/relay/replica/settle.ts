import { open } from 'node:fs/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { ReplicaPlan } from '../../model/plan.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { diskFile, mountPoint, type JobPaths } from '../paths.js';
import { endConnections, wireBytes } from '../receiver/connections.js';
import { readFailure } from '../receiver/failure.js';
import { allocatedBytes } from '../space/ledger.js';
import { filesystems, readPlan, REPLICA } from './layout.js';
import { markLost, markSettled, readTrust } from './trust.js';

export interface Settled {
  readonly wireBytes: number;
  /** What the job's files take on the relay. */
  readonly usedBytes: number;
}

/** How long a receiver may take to end by itself once its source has finished. */
const RECEIVER_END_MS = 20_000;

/** Ends the pass on the relay's side: after it, what was received lies on the disk. */
export async function settle(paths: JobPaths): Promise<Settled> {
  const plan = await readPlan(paths);
  await endConnections(paths.receiver, RECEIVER_END_MS);
  const failure = await readFailure(paths.receiver);
  if (failure !== null) throw new FleetliftError(failure.code, { message: failure.message });
  await writeOutIfWritten(paths, plan);
  return { wireBytes: await wireBytes(paths.receiver), usedBytes: await allocatedBytes(paths.job) };
}

async function writeOutIfWritten(paths: JobPaths, plan: ReplicaPlan): Promise<void> {
  const namespace = await JobNamespace.find(paths, REPLICA);
  const trust = await readTrust(paths, namespace);
  if (trust === 'settled') return;
  if (trust === 'lost') throw lost(paths, 'the kernel reported an error when they were written out');
  if (trust === 'unsettled' || namespace === null) {
    throw new FleetliftError('E-RELAY-DISK', {
      message: `the replica in ${paths.job} was unmounted before the pass was written out; it is compared anew`,
    });
  }
  await writeOut(namespace, paths, plan);
  await markSettled(paths.work);
}

/**
 * syncfs of each filesystem, then of the files below. An rsync that exits 0 says nothing: over a loop device on a full
 * disk it does while the bytes are lost. The kernel tells an error once, so it is kept in a mark.
 */
async function writeOut(namespace: JobNamespace, paths: JobPaths, plan: ReplicaPlan): Promise<void> {
  const mounted = await namespace.mountedAt();
  try {
    for (const { partition } of filesystems(plan)) {
      const target = mountPoint(paths, partition.filesystem);
      if (!mounted.has(target)) throw lost(paths, `${partition.mountpoint} is not mounted`);
      await namespace.run('sync', ['--file-system', target], { about: partition.mountpoint });
      await refuseReadOnly(namespace, target, partition.mountpoint);
    }
    for (const disk of plan.disks) await syncFile(diskFile(paths, disk.disk));
  } catch (error) {
    // On a full disk even the mark may not fit. A namespace that ended unsettled is distrusted just as well.
    await markLost(paths.work).catch(() => namespace.close());
    throw error instanceof FleetliftError && error.code === 'E-RELAY-TOOL' ? error : lost(paths, error);
  }
}

/** A filesystem that met an error turns itself read-only; a later syncfs then has nothing to tell. */
async function refuseReadOnly(namespace: JobNamespace, target: string, mountpoint: string): Promise<void> {
  const { stdout } = await namespace.run('findmnt', [
    '--noheadings',
    '--output',
    'FS-OPTIONS,VFS-OPTIONS',
    target,
  ]);
  if (stdout.split(/[\s,]+/).includes('ro')) {
    throw new FleetliftError('E-RELAY-DISK', { message: `${mountpoint} turned read-only after an error` });
  }
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function lost(paths: JobPaths, cause: unknown): FleetliftError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FleetliftError('E-RELAY-FULL', {
    message: `received bytes did not reach the relay's disk (${paths.disks}): ${why}`,
    cause,
  });
}
