import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program on PATH or an absolute file, and the Debian package that has it. */
export type MissingTool = readonly [tool: string, debianPackage: string];

/** What a relay runs. */
const RELAY_TOOLS: readonly MissingTool[] = [
  ['rsync', 'rsync'],
  ['/usr/sbin/sshd', 'openssh-server'],
  ['ssh', 'openssh-client'],
  ['losetup', 'mount'],
  ['flock', 'util-linux'],
  ['setpriv', 'util-linux'],
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['sfdisk', 'fdisk'],
  ['sgdisk', 'gdisk'],
  ['mkfs.vfat', 'dosfstools'],
  ['mcopy', 'mtools'],
  ['mkfs.ext4', 'e2fsprogs'],
  ['mkfs.xfs', 'xfsprogs'],
  ['mkfs.btrfs', 'btrfs-progs'],
  ['qemu-system-x86_64', 'qemu-system-x86'],
  ['qemu-img', 'qemu-utils'],
  ['/usr/share/OVMF', 'ovmf'],
  ['grub-mkimage', 'grub-common'],
  ['/usr/lib/grub/i386-pc', 'grub-pc-bin'],
  ['/usr/lib/grub/x86_64-efi', 'grub-efi-amd64-bin'],
  ['zstd', 'zstd'],
];
/** Daemons' and administrators' tools are not on everybody's PATH. */
const ADMIN_FOLDERS = ['/usr/sbin', '/sbin'];

/** What of all that a relay runs is not on this machine. */
export function missingTools(env: NodeJS.ProcessEnv = process.env): MissingTool[] {
  const folders = [...(env['PATH'] ?? '').split(delimiter), ...ADMIN_FOLDERS].filter((dir) => dir !== '');
  return RELAY_TOOLS.filter(([tool]) =>
    tool.startsWith('/') ? !existsSync(tool) : !folders.some((dir) => existsSync(join(dir, tool))),
  );
}
