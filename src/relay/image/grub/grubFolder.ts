import type { ServerTree } from '../tree/ServerTree.js';

/** Where the distribution keeps GRUB's files: RHEL and SUSE have `/boot/grub2`. */
export async function grubFolder(tree: ServerTree): Promise<'/boot/grub' | '/boot/grub2'> {
  return (await tree.isFolder('/boot/grub2')) ? '/boot/grub2' : '/boot/grub';
}
