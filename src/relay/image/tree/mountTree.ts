import { lstat, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import type { SourceFacts } from '../../../model/facts.js';
import type { FilesystemPartition, ReplicaPlan } from '../../../model/plan.js';
import { JobNamespace } from '../../namespace/JobNamespace.js';
import type { JobPaths } from '../../paths.js';
import type { RunOptions } from '../../runTool.js';
import type { TreeMount } from './treeMount.js';

export interface MountTreeOptions {
  readonly paths: JobPaths;
  readonly plan: ReplicaPlan;
  readonly facts: SourceFacts;
  /** Raw file of a disk. */
  readonly fileOf: (disk: string) => string;
  readonly readOnly: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface MountedTree {
  readonly mounts: readonly TreeMount[];
  /** Host path of the root of each filesystem, by its id: all of it, also what the server has not mounted. */
  readonly filesystems: ReadonlyMap<string, string>;
}

/** Name of the namespace of this step. */
const NAMESPACE = 'image';

/**
 * Mounts every planned filesystem on a folder of its own inside a namespace of the job, hands over the tree that they
 * make together, and unmounts them: also after an error, and by the kernel itself after a crash.
 *
 * @throws FleetliftError E-RELAY-DISK, E-RELAY-TOOL, E-IMAGE-TREE
 */
export async function withMountedTree<T>(
  options: MountTreeOptions,
  work: (tree: MountedTree) => Promise<T>,
): Promise<T> {
  await (await JobNamespace.find(options.paths, NAMESPACE))?.close();
  const namespace = await JobNamespace.open(options.paths, NAMESPACE);
  const targets: string[] = [];
  try {
    const mounts: TreeMount[] = [];
    const filesystems = new Map<string, string>();
    for (const disk of options.plan.disks) {
      for (const partition of disk.partitions) {
        if (partition.role !== 'filesystem') continue;
        const target = await mountPartition(namespace, disk.disk, partition, options);
        targets.push(target);
        filesystems.set(partition.filesystem, namespace.hostPath(target));
        mounts.push(...(await treeMountsOf(disk.disk, partition, namespace.hostPath(target), options.facts)));
      }
    }
    const result = await work({ mounts, filesystems });
    // An unmount tells of lost writes; the end of a namespace would not.
    for (const target of targets) await namespace.unmount(target);
    return result;
  } finally {
    await namespace.close();
    for (const target of targets) await rmdir(target);
  }
}

async function mountPartition(
  namespace: JobNamespace,
  disk: string,
  partition: FilesystemPartition,
  options: MountTreeOptions,
): Promise<string> {
  const target = join(options.paths.work, 'tree', partition.filesystem);
  const about = `disk ${disk}, ${partition.mountpoint}`;
  const run: RunOptions = { signal: options.signal, about };
  const range = { offsetBytes: partition.startBytes, sizeBytes: partition.sizeBytes };
  const loop = await namespace.attach(options.fileOf(disk), range, { ...run, readOnly: options.readOnly });
  try {
    const words = [options.readOnly ? 'ro' : 'rw', 'noatime', ...(KIND_OPTIONS[partition.type] ?? [])];
    await namespace.mount(loop.path, target, { ...run, type: partition.type, options: words });
  } finally {
    await loop.release();
  }
  return target;
}

/** The whole of a btrfs and not its default subvolume; an xfs whose UUID another job may have mounted too. */
const KIND_OPTIONS: Readonly<Record<string, readonly string[]>> = { btrfs: ['subvolid=5'], xfs: ['nouuid'] };

/**
 * The places at which the server's tree shows a filesystem, whose whole content lies below `hostRoot`.
 *
 * @throws FleetliftError E-IMAGE-TREE where what is mounted there is no folder of it
 */
export async function treeMountsOf(
  disk: string,
  partition: FilesystemPartition,
  hostRoot: string,
  facts: SourceFacts,
): Promise<TreeMount[]> {
  const known = facts.filesystems.find((filesystem) => filesystem.id === partition.filesystem)?.mounts ?? [];
  const planned = { mountpoint: partition.mountpoint, root: partition.mountRoot };
  const others = known.filter((mount) => mount.mountpoint !== partition.mountpoint);
  const mounts: TreeMount[] = [];
  for (const { mountpoint, root } of [planned, ...others]) {
    mounts.push({
      mountpoint,
      filesystem: partition.filesystem,
      disk,
      uuid: partition.uuid,
      type: partition.type,
      mountRoot: root,
      hostRoot: await folderBelow(hostRoot, root),
    });
  }
  return mounts;
}

/** What is mounted is a folder of its filesystem, reached over folders only: a link there would lead out of it. */
async function folderBelow(hostRoot: string, root: string): Promise<string> {
  let place = hostRoot;
  for (const name of root.split('/').filter((word) => word !== '')) {
    place = `${place}/${name}`;
    const isFolder =
      name !== '..' && name !== '.' && (await lstat(place).catch(() => null))?.isDirectory() === true;
    if (isFolder) continue;
    throw new FleetliftError('E-IMAGE-TREE', {
      message: `${root} of a filesystem is not a folder that can be mounted`,
    });
  }
  return place;
}
