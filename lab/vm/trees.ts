import { join } from 'node:path';
import { baseTree, TREE_FILES } from '../baseTree.js';
import { fromCache, type Progress } from '../cache.js';
import { LAB_DIR } from '../paths.js';
import type { SystemName } from './profiles.js';

/** Seconds that a build takes, downloads included. */
const SECONDS: Record<SystemName, number> = {
  machine: 60,
  lvm: 50,
  mirror: 50,
  uefi: 40,
  foreign: 100,
  dracut: 60,
  selinux: 90,
  old: 110,
  new: 110,
  busy: 50,
};

/** The folder of a system that machines are installed from, with system.tar and kernel.deb; built where it is missing. */
export async function systemFolder(name: SystemName, progress: Progress): Promise<string> {
  const parent = await parentOf(name, progress);
  return fromCache(
    {
      name: `system-${name}`,
      files: [...TREE_FILES, 'vm/trees.sh', 'vm/guest-init.sh'],
      seconds: SECONDS[name],
      command: (folder) => ['sh', join(LAB_DIR, 'vm/trees.sh'), name, folder, parent],
    },
    progress,
  );
}

/** The folder of the guest in which machines are installed and read, with guest.raw, vmlinuz and initrd.img. */
export async function guestFolder(progress: Progress): Promise<string> {
  return systemFolder('machine', progress);
}

/** The tree that a system begins with; other releases begin with nothing. */
async function parentOf(name: SystemName, progress: Progress): Promise<string> {
  if (name === 'old' || name === 'new') return 'none';
  if (name === 'machine') return baseTree('server', progress);
  return join(await guestFolder(progress), 'tree');
}
