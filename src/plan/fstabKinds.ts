import type { FstabLine } from './fstabLines.js';

/** What an fstab line mounts, as far as that can be told without the source's devices. */
export type FstabKind = 'swap' | 'bind' | 'network' | 'pseudo' | 'loop' | 'device';

const NETWORK =
  /^(nfs4?|cifs|smb3|smbfs|ceph|glusterfs|lustre|afs|9p|davfs|ncpfs|beegfs|gpfs|ocfs2|gfs2|fuse\.(sshfs|s3fs|glusterfs|ceph|rclone|davfs))$/;
const PSEUDO =
  /^(proc|sysfs|tmpfs|devpts|devtmpfs|ramfs|hugetlbfs|debugfs|tracefs|securityfs|configfs|cgroup2?|mqueue|bpf|binfmt_misc|rpc_pipefs|efivarfs|pstore|fusectl|autofs|overlay|aufs|virtiofs|nsfs)$/;

/**
 * `_netdev` also stands at disks that are reached over the network, as iSCSI's are (mount(8)); they are copied as any other
 * disk, so only what names neither a device nor a tag of one is told by it.
 */
export function fstabKind(line: FstabLine): FstabKind {
  if (line.type === 'swap') return 'swap';
  if (line.options.some((option) => /^r?bind$/.test(option))) return 'bind';
  if (NETWORK.test(line.type)) return 'network';
  if (line.options.includes('_netdev') && !namesDevice(line.spec)) return 'network';
  if (PSEUDO.test(line.type) || line.type.startsWith('fuse')) return 'pseudo';
  if (line.options.some((option) => /^loop(=|$)/.test(option)) || isFile(line.spec)) return 'loop';
  return 'device';
}

/** Whether a name is a device's path, or a tag that one is found by (fstab(5)). */
export function namesDevice(spec: string): boolean {
  return /^(\/dev\/|(UUID|LABEL|PARTUUID|PARTLABEL|ID)=)/.test(spec);
}

/** An image file that lies in the server's tree. */
function isFile(spec: string): boolean {
  return spec.startsWith('/') && !spec.startsWith('/dev/');
}
