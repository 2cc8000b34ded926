import { rm } from 'node:fs/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { FilesystemPartition, PlannedDisk, ReplicaPlan } from '../../model/plan.js';
import type { JobNamespace } from '../namespace/JobNamespace.js';
import { diskFile, mountPoint, type JobPaths } from '../paths.js';
import type { RunOptions } from '../runTool.js';
import { checkFilesystem } from './check.js';
import { filesystems, partitionMarker } from './layout.js';
import { runAlone } from './makePartition.js';
import { mountFilesystem } from './mounts.js';

/**
 * Repairs the replica's filesystems after bytes were lost, or may have been, on their way to the disk. One that cannot
 * be repaired loses its done-marker, and so is made anew.
 *
 * @returns whether all of them are clean
 */
export async function repair(
  namespace: JobNamespace,
  paths: JobPaths,
  plan: ReplicaPlan,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  let clean = true;
  for (const { disk, partition } of filesystems(plan)) {
    const about = { signal: options.signal, about: `disk ${disk.disk}, ${partition.mountpoint}` };
    try {
      await repairOne(namespace, paths, disk, partition, about);
      await checkFilesystem(namespace, paths, disk, partition, about);
    } catch (error) {
      if (!(error instanceof FleetliftError) || !['E-RELAY-DISK', 'E-VERIFY-FSCK'].includes(error.code))
        throw error;
      await namespace.unmount(mountPoint(paths, partition.filesystem));
      await rm(partitionMarker(paths, disk, partition), { force: true });
      clean = false;
    }
  }
  return clean;
}

async function repairOne(
  namespace: JobNamespace,
  paths: JobPaths,
  disk: PlannedDisk,
  partition: FilesystemPartition,
  about: RunOptions,
): Promise<void> {
  if (partition.features.family === 'ext') {
    const range = { offsetBytes: partition.startBytes, sizeBytes: partition.sizeBytes };
    const loop = await namespace.attach(diskFile(paths, disk.disk), range, about);
    try {
      // 1: errors were found and corrected.
      await runAlone(namespace, loop.path, ['e2fsck', '-fy'], { ...about, accept: [0, 1] });
    } finally {
      await loop.release();
    }
    return;
  }
  // xfs and btrfs replay their logs by being mounted.
  await mountFilesystem(namespace, paths, disk, partition, { ...about, mode: 'write', mounted: new Map() });
  await namespace.unmount(mountPoint(paths, partition.filesystem), about);
}
