import type { SourceFacts } from '../../../model/facts.js';
import { isDefaultRoot } from '../../../plan/subvolumes.js';
import { placeOf, type TreeMount } from '../tree/treeMount.js';

/**
 * How a command line names the root. A subvolume of btrfs is named where it is not the default one, and the line does not
 * do so by itself: `snapper rollback` changes the default, and is to be followed.
 */
export function rootParameters(
  mounts: readonly TreeMount[],
  facts: SourceFacts,
  kept: readonly string[],
): string[] {
  const root = placeOf(mounts, '/').mount;
  const named = kept.some((word) => word.startsWith('rootflags=')) || isDefault(root, facts);
  const subvolume = root.mountRoot === '/' ? '/' : root.mountRoot.slice(1);
  return [`root=UUID=${root.uuid}`, 'ro', ...(named ? [] : [`rootflags=subvol=${subvolume}`])];
}

/** Whether a mount without options shows that root. */
function isDefault(root: TreeMount, facts: SourceFacts): boolean {
  if (root.type !== 'btrfs') return true;
  const features = facts.filesystems.find(({ id }) => id === root.filesystem)?.features;
  return features?.family === 'btrfs' ? isDefaultRoot(features, root.mountRoot) : root.mountRoot === '/';
}
