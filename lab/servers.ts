/** The servers of the lab as data: what each one's disks hold, and where it is on the lab's network. */
import type { VmProfile } from './vm/profiles.js';

export type Filesystem = 'ext2' | 'ext4' | 'xfs' | 'btrfs';

export interface LabPartition {
  /** Null: the rest of the disk. */
  readonly sizeMiB: number | null;
  readonly content: Filesystem | 'swap' | 'bios-boot';
  readonly label?: string;
  readonly mountpoint?: string;
  /** Options in fstab. */
  readonly options?: string;
  /** A btrfs subvolume that is mounted in place of the top level; inside it lies another one, `nested`. */
  readonly subvolume?: string;
}

export interface LabDisk {
  /** File in the server's folder. */
  readonly file: string;
  readonly sizeMiB: number;
  readonly table: 'dos' | 'gpt';
  readonly partitions: readonly LabPartition[];
}

export type NetworkManager = 'ifupdown' | 'systemd-networkd' | 'netplan';

export interface LabServerKind {
  readonly name: 'single-disk' | 'separate-boot' | 'database';
  /** Which base tree it is copied from. */
  readonly tree: 'server' | 'database';
  readonly network: NetworkManager;
  readonly swapFile: boolean;
  readonly disks: readonly LabDisk[];
}

interface OnTheNetwork {
  readonly name: string;
  readonly index: number;
  readonly address: string;
  readonly hardwareAddress: string;
  /** Network namespace, and name of the host's end of its cable. */
  readonly netns: string;
  /** Megabytes of one file of its own, half of it incompressible. */
  readonly largeFileMiB: number;
}

/** A lab server in namespaces of this machine. */
export interface LabContainer extends OnTheNetwork {
  readonly kind: LabServerKind;
}

/** A lab server that is a QEMU machine. */
export interface LabMachine extends OnTheNetwork {
  readonly kind: VmProfile;
}

export type LabServer = LabContainer | LabMachine;

export function isMachine(server: LabServer): server is LabMachine {
  return 'firmware' in server.kind;
}

const BIOS_BOOT: LabPartition = { sizeMiB: 1, content: 'bios-boot' };
const root = (type: Filesystem): LabPartition => ({
  sizeMiB: null,
  content: type,
  label: 'root',
  mountpoint: '/',
  options: 'errors=remount-ro',
});

const SINGLE_DISK: LabServerKind = {
  name: 'single-disk',
  tree: 'server',
  network: 'ifupdown',
  swapFile: true,
  disks: [{ file: 'system.raw', sizeMiB: 6144, table: 'dos', partitions: [root('ext4')] }],
};

const SEPARATE_BOOT: LabServerKind = {
  name: 'separate-boot',
  tree: 'server',
  network: 'systemd-networkd',
  swapFile: false,
  disks: [
    {
      file: 'system.raw',
      sizeMiB: 6144,
      table: 'gpt',
      partitions: [
        BIOS_BOOT,
        { sizeMiB: 256, content: 'ext2', label: 'boot', mountpoint: '/boot', options: 'defaults' },
        { sizeMiB: 256, content: 'swap', label: 'swap' },
        root('ext4'),
      ],
    },
    {
      file: 'data.raw',
      sizeMiB: 4096,
      table: 'gpt',
      partitions: [
        { sizeMiB: null, content: 'xfs', label: 'data', mountpoint: '/srv/data', options: 'defaults' },
      ],
    },
  ],
};

const DATABASE: LabServerKind = {
  name: 'database',
  tree: 'database',
  network: 'netplan',
  swapFile: false,
  disks: [
    { file: 'system.raw', sizeMiB: 6144, table: 'gpt', partitions: [BIOS_BOOT, root('ext4')] },
    {
      file: 'data.raw',
      sizeMiB: 4096,
      table: 'gpt',
      partitions: [
        {
          sizeMiB: null,
          content: 'btrfs',
          label: 'data',
          mountpoint: '/srv/data',
          options: 'subvol=@data',
          subvolume: '@data',
        },
      ],
    },
  ],
};

/** Most servers a lab may have; the addresses end at 198.18.1.30. */
export const MAX_SERVERS = 30;

/** The lab's own range: RFC 2544's benchmark network, which is nobody's. */
export const RELAY_ADDRESS = '198.18.0.1';
export const PREFIX_LENGTH = 16;

/**
 * Server number `index`, from 1. Of those in namespaces the first three show everything; the others are of the two
 * cheap kinds in turn.
 * @param profile - of a QEMU machine; null: it lives in namespaces.
 */
export function labServer(index: number, profile: VmProfile | null = null): LabServer {
  const place = {
    name: `lab${index}`,
    index,
    address: `198.18.1.${index}`,
    hardwareAddress: `02:00:c6:12:01:${index.toString(16).padStart(2, '0')}`,
    netns: `fl-lab${index}`,
    largeFileMiB: index === 1 && profile === null ? 320 : 0,
  };
  return profile === null ? { ...place, kind: containerKind(index) } : { ...place, kind: profile };
}

function containerKind(index: number): LabServerKind {
  if (index === 3) return DATABASE;
  return index % 2 === 1 ? SINGLE_DISK : SEPARATE_BOOT;
}
