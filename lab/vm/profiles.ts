/** The QEMU machines of the lab as data: what people must move, and a namespace server cannot be. */

import { FIXED_ADDRESSES } from '../emulation.js';

export type ProfileName =
  | 'lvm'
  | 'mirror'
  | 'uefi'
  | 'btrfs'
  | 'foreign'
  | 'dracut'
  | 'luks'
  | 'selinux'
  | 'old'
  | 'new'
  | 'disks'
  | 'busy';

/** What `trees.sh` builds. */
export type SystemName =
  'machine' | 'lvm' | 'mirror' | 'uefi' | 'foreign' | 'dracut' | 'selinux' | 'old' | 'new' | 'busy';

/** How the machine's configuration finds its network card. */
export type CardConfiguration =
  /** ifupdown, by the name that the place of the card gives. */
  | 'ifupdown'
  /** ifupdown, by a name that a udev rule gives to its hardware address. */
  | 'persistent-name'
  /** systemd-networkd, by the hardware address. */
  | 'networkd-by-address';

export interface VmProfile {
  readonly name: ProfileName;
  readonly summary: string;
  readonly system: SystemName;
  /** Script in `layouts` that makes the disks. */
  readonly layout: string;
  readonly disksMiB: readonly number[];
  /** Numbers of the disks that get a boot loader, from 1. */
  readonly bootDisks: readonly number[];
  readonly firmware: 'bios' | 'uefi';
  readonly bus: 'virtio' | 'ahci';
  readonly card: 'virtio-net-pci' | 'e1000';
  readonly network: CardConfiguration;
  /** Kernel parameters of the operator's own. */
  readonly parameters: string;
  readonly memoryMiB: number;
  /** Folders beside /srv/awkward that get the awkward content. */
  readonly folders: readonly string[];
  /** Small files in `/srv/layers`. */
  readonly smallFiles: number;
}

const GIB = 1024;
const profile = (
  own: Pick<VmProfile, 'name' | 'summary' | 'system' | 'layout'> & Partial<VmProfile>,
): VmProfile => ({
  disksMiB: [6 * GIB],
  bootDisks: [1],
  firmware: 'bios',
  bus: 'virtio',
  card: 'virtio-net-pci',
  network: 'ifupdown',
  parameters: `audit=0 ${FIXED_ADDRESSES}`,
  memoryMiB: 1024,
  folders: [],
  smallFiles: 0,
  ...own,
});

export const PROFILES: readonly VmProfile[] = [
  profile({
    name: 'lvm',
    summary: '/ on xfs, /var on ext4 and swap on volumes; two volume groups over two disks',
    system: 'lvm',
    layout: 'lvm',
    disksMiB: [8 * GIB, 3 * GIB],
    folders: ['/srv/data/awkward', '/var/awkward'],
  }),
  profile({
    name: 'mirror',
    summary: 'two disks mirrored by md, /boot an array of its own',
    system: 'mirror',
    layout: 'mirror',
    disksMiB: [6 * GIB, 6 * GIB],
    bootDisks: [1, 2],
  }),
  profile({
    name: 'uefi',
    summary: 'EFI system partition with GRUB and the files signed for Secure Boot',
    system: 'uefi',
    layout: 'uefi',
    firmware: 'uefi',
    network: 'networkd-by-address',
  }),
  profile({
    name: 'btrfs',
    summary: 'root on a subvolume, nested ones, snapshots, compression',
    system: 'machine',
    layout: 'btrfs',
    folders: ['/home/awkward', '/var/lib/machines/awkward'],
  }),
  profile({
    name: 'foreign',
    summary: 'AHCI disk, e1000 card, an initramfs without virtio, an address bound to its card',
    system: 'foreign',
    layout: 'foreign',
    bus: 'ahci',
    card: 'e1000',
    network: 'persistent-name',
  }),
  profile({
    name: 'dracut',
    summary: 'root on a volume, initramfs of dracut for this machine only',
    system: 'dracut',
    layout: 'dracut',
    disksMiB: [7 * GIB],
  }),
  profile({
    name: 'luks',
    summary: 'a data disk encrypted by LUKS',
    system: 'machine',
    layout: 'luks',
    disksMiB: [6 * GIB, 1 * GIB],
    folders: ['/srv/secrets/awkward'],
  }),
  profile({
    name: 'selinux',
    summary: 'SELinux enforcing, every file labelled',
    system: 'selinux',
    layout: 'selinux',
    parameters: `security=selinux selinux=1 ${FIXED_ADDRESSES}`,
    memoryMiB: 1536,
  }),
  profile({ name: 'old', summary: 'Debian 11, root on xfs', system: 'old', layout: 'plain' }),
  profile({
    name: 'new',
    summary: 'Debian 13, root on ext4',
    system: 'new',
    layout: 'plain',
    network: 'networkd-by-address',
  }),
  profile({
    name: 'disks',
    summary: 'nine disks: whole-disk filesystems of five kinds, swap, one that nobody mounts',
    system: 'machine',
    layout: 'disks',
    disksMiB: [6 * GIB, 300, 400, 300, 300, 300, 400, 128, 128],
    folders: ['/srv/one/awkward', '/srv/two/awkward', '/srv/three/awkward', '/srv/four/awkward'],
  }),
  profile({
    name: 'busy',
    summary: 'a database and 200,000 small files, written to during the sync',
    system: 'busy',
    layout: 'busy',
    disksMiB: [6 * GIB, 5 * GIB],
    smallFiles: 200_000,
  }),
];

/** @throws RangeError for a name that no profile has. */
export function vmProfile(name: string): VmProfile {
  const found = PROFILES.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new RangeError(`no profile ${name}: ${PROFILES.map((one) => one.name).join(', ')}`);
}

/** Name of the network card inside the machine. */
export function cardName({ network }: VmProfile): string {
  return network === 'persistent-name' ? 'lan0' : 'enp0s2';
}
