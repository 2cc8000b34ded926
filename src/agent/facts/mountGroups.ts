import { isBelow } from './paths.js';
import type { BlockMount, Storage } from './storage.js';

/** The mounts of one filesystem that show it, or a btrfs subvolume, as a whole; the one that counts stands first. */
export interface MountGroup {
  readonly block: string;
  readonly main: BlockMount;
  readonly mounts: readonly BlockMount[];
}

/** One group a filesystem. Bind mounts of folders belong to none: their files are copied where they lie. */
export function groupMounts({ blockMounts }: Storage): readonly MountGroup[] {
  const byBlock = new Map<string, BlockMount[]>();
  for (const mount of blockMounts) byBlock.set(mount.block, [...(byBlock.get(mount.block) ?? []), mount]);
  return [...byBlock].flatMap(([block, all]) => {
    const mounts = all.filter(isWhole).sort(byImportance);
    const [main] = mounts;
    return main === undefined ? [] : [{ block, main, mounts }];
  });
}

/** The filesystem that holds a path: the one with the deepest mount point above it. */
export function groupHolding(groups: readonly MountGroup[], path: string): MountGroup | undefined {
  const depth = (group: MountGroup) =>
    Math.max(
      ...group.mounts
        .filter(({ mountpoint }) => isBelow(mountpoint, path))
        .map(({ mountpoint }) => mountpoint.length),
    );
  return groups.filter((group) => depth(group) > 0).sort((a, b) => depth(b) - depth(a))[0];
}

function isWhole({ type, root, mountpoint, superOptions }: BlockMount): boolean {
  // `/` is the server itself, also where an image-based system keeps it in a folder.
  if (root === '/' || mountpoint === '/') return true;
  return type === 'btrfs' && superOptions.includes(`subvol=${root}`);
}

function byImportance(a: BlockMount, b: BlockMount): number {
  return a.mountpoint.length - b.mountpoint.length || (a.mountpoint < b.mountpoint ? -1 : 1);
}
