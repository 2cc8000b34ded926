import type { BtrfsFeatures } from '../../model/facts.js';
import type { FilesystemPartition, ReplicaPlan } from '../../model/plan.js';
import type { JobNamespace } from '../namespace/JobNamespace.js';
import { mountPoint, type JobPaths } from '../paths.js';
import type { RunOptions } from '../runTool.js';

/**
 * Gives a btrfs that is mounted for writing the subvolumes that its source has now, and lets all of them be written.
 * Snapshots come and go on a source for as long as a job goes on: a new one that had arrived as a folder is taken away
 * for the subvolume; one that is gone there is left to the pass, which deletes it as it does a folder.
 */
export async function shapeSubvolumes(
  namespace: JobNamespace,
  paths: JobPaths,
  plan: ReplicaPlan,
  partition: FilesystemPartition,
  options: RunOptions,
): Promise<void> {
  const wanted = subvolumesOf(plan, partition);
  if (wanted === null) return;
  const { subvolumes, defaultSubvolume } = wanted;
  const chosen = subvolumes.find(({ id }) => id === defaultSubvolume)?.path ?? '';
  const parentsFirst = subvolumes.map(({ path }) => path).sort();
  await runBelow(namespace, paths, partition, SHAPE, [chosen, ...parentsFirst], options);
}

/** Gives the source's read-only subvolumes that attribute. One that went during the pass is none any more. */
export async function freezeSubvolumes(
  namespace: JobNamespace,
  paths: JobPaths,
  plan: ReplicaPlan,
  partition: FilesystemPartition,
): Promise<void> {
  const frozen = subvolumesOf(plan, partition)?.subvolumes.filter(({ readonly }) => readonly) ?? [];
  if (frozen.length === 0) return;
  const names = frozen.map(({ path }) => path);
  await runBelow(namespace, paths, partition, FREEZE, names, {});
}

/** Null: not btrfs. */
function subvolumesOf(
  { subvolumes }: ReplicaPlan,
  { filesystem, features }: FilesystemPartition,
): Pick<BtrfsFeatures, 'subvolumes' | 'defaultSubvolume'> | null {
  return features.family === 'btrfs' ? (subvolumes?.[filesystem] ?? features) : null;
}

/**
 * Runs a script on the tree below /mnt, in a mount namespace of its own. No symbolic link is followed there: they are a
 * stranger's, and may lead to the relay's own files.
 */
async function runBelow(
  namespace: JobNamespace,
  paths: JobPaths,
  partition: FilesystemPartition,
  script: string,
  names: readonly string[],
  options: RunOptions,
): Promise<void> {
  const target = mountPoint(paths, partition.filesystem);
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', BELOW + script, 'subvolumes', target];
  const about = `subvolumes of ${partition.mountpoint}`;
  await namespace.run('unshare', [...args, ...names], { ...options, about });
}

/** A subvolume is a folder with that inode number: BTRFS_FIRST_FREE_OBJECTID of the kernel. */
const BELOW = `
set -eu
mount --bind "$1" /mnt
mount -o remount,bind,nosymfollow,nodev,nosuid,noexec /mnt
shift
is_subvolume() {
  [ -d "$1" ] && [ "$(stat -c %i "$1")" = 256 ]
}
`;

const SHAPE = `
default=$1
shift
btrfs subvolume list -r /mnt | while IFS= read -r line; do
  btrfs property set -t subvol "/mnt/\${line#* path }" ro false
done
for path do
  place=/mnt
  while [ "\${path#*/}" != "$path" ]; do
    place=$place/\${path%%/*}
    path=\${path#*/}
    if [ ! -d "$place" ]; then
      rm -f "$place"
      mkdir "$place"
    fi
  done
  is_subvolume "$place/$path" && continue
  rm -rf "$place/$path"
  btrfs subvolume create "$place/$path" >/dev/null
done
id=5
[ -z "$default" ] || id=$(btrfs inspect-internal rootid "/mnt/$default")
btrfs subvolume set-default "$id" /mnt
`;

const FREEZE = `
for path do
  if is_subvolume "/mnt/$path"; then btrfs property set -t subvol "/mnt/$path" ro true; fi
done
`;
