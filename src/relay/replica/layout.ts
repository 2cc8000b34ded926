import { join } from 'node:path';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { FilesystemPartition, PlannedDisk, ReplicaPlan } from '../../model/plan.js';
import { readIfExists } from '../files.js';
import type { JobPaths } from '../paths.js';
import type { FormattedPartition } from './mkfs.js';

/** Name of the namespace that holds the mounted replica. */
export const REPLICA = 'replica';

/**
 * The plan that the job's replica was made by.
 *
 * @throws FleetliftError E-RELAY-DISK where there is none: the replica was released, or never made
 */
export async function readPlan(paths: JobPaths): Promise<ReplicaPlan> {
  const text = await readIfExists(paths.planFile);
  if (text !== null) return JSON.parse(text) as ReplicaPlan;
  throw new FleetliftError('E-RELAY-DISK', { message: `there is no replica in ${paths.job}` });
}

/** Holds `write` or `verify`, as the replica is mounted. */
export function modeFile(paths: JobPaths): string {
  return join(paths.work, 'replica.mode');
}

/** Every filesystem of the replica with its disk. */
export function filesystems(plan: ReplicaPlan): { disk: PlannedDisk; partition: FilesystemPartition }[] {
  return plan.disks.flatMap((disk) =>
    disk.partitions.flatMap((partition) => (partition.role === 'filesystem' ? [{ disk, partition }] : [])),
  );
}

/** Written last, with what was made: a partition without it is made again. */
export function partitionMarker(paths: JobPaths, disk: PlannedDisk, partition: FormattedPartition): string {
  return join(paths.disks, `${disk.disk}.${partition.number}.done`);
}
