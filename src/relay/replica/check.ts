import { FleetliftError } from '../../errors/FleetliftError.js';
import type { FilesystemPartition, PlannedDisk } from '../../model/plan.js';
import type { JobNamespace } from '../namespace/JobNamespace.js';
import { diskFile, type JobPaths } from '../paths.js';
import type { RunOptions } from '../runTool.js';
import { runAlone } from './makePartition.js';

/** Read-only checks by type; none of them replays a journal or changes a byte. */
const CHECKS: Readonly<Record<FilesystemPartition['features']['family'], readonly string[]>> = {
  ext: ['e2fsck', '-fn'],
  xfs: ['xfs_repair', '-n'],
  btrfs: ['btrfs', 'check', '--readonly'],
  other: ['true'],
};

/**
 * Checks an unmounted filesystem of the replica.
 *
 * @throws FleetliftError E-VERIFY-FSCK naming disk and mount point, with the tool's last words
 */
export async function checkFilesystem(
  namespace: JobNamespace,
  paths: JobPaths,
  disk: PlannedDisk,
  partition: FilesystemPartition,
  options: RunOptions = {},
): Promise<void> {
  const range = { offsetBytes: partition.startBytes, sizeBytes: partition.sizeBytes };
  const loop = await namespace.attach(diskFile(paths, disk.disk), range, { ...options, readOnly: true });
  try {
    await runAlone(namespace, loop.path, CHECKS[partition.features.family], options);
  } catch (error) {
    if (!(error instanceof FleetliftError) || error.code !== 'E-RELAY-DISK') throw error;
    throw new FleetliftError('E-VERIFY-FSCK', {
      message: `${partition.mountpoint} on disk ${disk.disk} is not clean: ${error.message}`,
      cause: error,
    });
  } finally {
    await loop.release();
  }
}
