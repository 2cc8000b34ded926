import type { FilesystemPartition, PlannedDisk } from '../../model/plan.js';
import type { JobNamespace } from '../namespace/JobNamespace.js';
import { diskFile, mountPoint, type JobPaths } from '../paths.js';
import type { RunOptions } from '../runTool.js';

export interface MountMode extends RunOptions {
  readonly mode: 'write' | 'verify';
  /** What is mounted in the namespace already; that is left as it is. */
  readonly mounted: ReadonlyMap<string, string>;
}

/** Mounts one filesystem of the replica, always by the device just attached: clones share their UUIDs. */
export async function mountFilesystem(
  namespace: JobNamespace,
  paths: JobPaths,
  disk: PlannedDisk,
  partition: FilesystemPartition,
  options: MountMode,
): Promise<void> {
  const target = mountPoint(paths, partition.filesystem);
  if (options.mounted.has(target)) return;
  const about = { signal: options.signal, about: `disk ${disk.disk}, ${partition.mountpoint}` };
  const readOnly = options.mode === 'verify';
  const range = { offsetBytes: partition.startBytes, sizeBytes: partition.sizeBytes };
  const loop = await namespace.attach(diskFile(paths, disk.disk), range, { ...about, readOnly });
  try {
    await namespace.mount(loop.path, target, {
      ...about,
      type: partition.type,
      options: mountOptions(partition, readOnly),
    });
  } finally {
    await loop.release();
  }
}

/** Read-only mounts replay no journal: what is verified is what lies on the disk. */
export function mountOptions(
  partition: Pick<FilesystemPartition, 'type' | 'features' | 'compression'>,
  readOnly: boolean,
): readonly string[] {
  switch (partition.features.family) {
    case 'ext':
      // ext2 has no journal, and a kernel refuses not to load it.
      if (readOnly) return partition.type === 'ext2' ? ['ro'] : ['ro', 'noload'];
      return ['rw', 'errors=remount-ro'];
    case 'xfs':
      return readOnly ? ['ro', 'nouuid', 'norecovery'] : ['rw', 'nouuid'];
    case 'btrfs':
      return readOnly
        ? ['ro', 'subvolid=5']
        : ['rw', 'subvolid=5', ...(partition.compression === undefined ? [] : [partition.compression])];
    case 'other':
      return readOnly ? ['ro'] : ['rw'];
  }
}
