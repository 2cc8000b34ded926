import type { SkippedMount } from '../../model/facts.js';
import { isBelow } from './paths.js';
import type { MountGroup } from './mountGroups.js';
import type { Storage } from './storage.js';
import { readable } from './values.js';

/** A machine has these whatever it does: they say nothing to an operator. */
const KERNEL_TYPES = new Set(
  (
    'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs mqueue nsfs ' +
    'proc pstore ramfs rootfs rpc_pipefs securityfs selinuxfs sysfs tracefs'
  ).split(' '),
);
const KERNEL_FOLDERS = ['/proc', '/sys', '/dev', '/run'];
/** A container host has thousands of overlays. */
const MOST = 1000;

/** The mounts that are not copied, for the report: network, memory, overlay, images in files, bind mounts. */
export function skippedMounts(storage: Storage, groups: readonly MountGroup[]): readonly SkippedMount[] {
  const copied = new Set(groups.flatMap(({ mounts }) => mounts.map(({ id }) => id)));
  const onDisk = new Set(storage.blockMounts.map(({ id }) => id));
  return storage.mounts
    .filter(({ id, type, mountpoint }) => {
      if (copied.has(id)) return false;
      if (KERNEL_TYPES.has(type) && !isAutomount(type, mountpoint)) return false;
      return type !== 'tmpfs' || !KERNEL_FOLDERS.some((folder) => isBelow(folder, mountpoint));
    })
    .slice(0, MOST)
    .map(({ id, type, mountpoint, source, root }) => ({
      mountpoint: readable(mountpoint, 1024),
      type: onDisk.has(id) ? 'bind' : readable(type),
      source: readable(onDisk.has(id) ? root : source, 1024),
    }));
}

/** What an operator lets be mounted on demand is a thing to know of. */
function isAutomount(type: string, mountpoint: string): boolean {
  return type === 'autofs' && !KERNEL_FOLDERS.some((folder) => isBelow(folder, mountpoint));
}
