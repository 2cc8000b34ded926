/**
 * The replica plan: what the relay makes for a source, computed by a pure function from facts and inventory.
 * Offsets and sizes are bytes; partitions start and end on MiB boundaries.
 */
import type { BtrfsFeatures, FilesystemFeatures } from './facts.js';

interface PartitionPlace {
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** GRUB's core image lies here. Made on the system disk only. */
export interface BiosBootPartition extends PartitionPlace {
  readonly role: 'bios-boot';
}
/** EFI system partition (FAT). Made on the system disk only. */
export interface EspPartition extends PartitionPlace {
  readonly role: 'esp';
  /** Where the source mounts its own ESP, e.g. `/boot/efi`; null: it has none. */
  readonly mountpoint: string | null;
  /** FAT serial number, `XXXX-XXXX`. */
  readonly uuid: string;
}
export interface SwapPartition extends PartitionPlace {
  readonly role: 'swap';
  readonly uuid: string;
  readonly label: string;
}
export interface FilesystemPartition extends PartitionPlace {
  readonly role: 'filesystem';
  /** {@link FilesystemFacts.id}; also the name of its folder in the receiver's module. */
  readonly filesystem: string;
  readonly type: string;
  readonly uuid: string;
  readonly label: string;
  readonly features: FilesystemFeatures;
  /** Mount option by which the source compresses, or it would not fit in as much room; absent: it does not. */
  readonly compression?: string;
  /** Place in the server's tree, e.g. `/`, `/boot`. */
  readonly mountpoint: string;
  /** What is mounted there: `/`, or the path of a btrfs subvolume. */
  readonly mountRoot: string;
}
export type PlannedPartition = BiosBootPartition | EspPartition | SwapPartition | FilesystemPartition;

export interface PlannedDisk {
  /** `system`, `disk1` … */
  readonly disk: string;
  readonly sizeBytes: number;
  readonly partitions: readonly PlannedPartition[];
}

export interface FstabEntry {
  readonly spec: string;
  readonly file: string;
  readonly type: string;
  readonly options: string;
  readonly dump: number;
  readonly pass: number;
}

export interface SwapFilePlan {
  readonly path: string;
  readonly sizeBytes: number;
  readonly uuid: string;
  readonly label: string;
}

/** Names the initramfs that was built on the source as one more filesystem of a pass, and its disk on the relay. */
export const INITRAMFS = 'initramfs';
/** Its file there. */
export const INITRAMFS_FILE = 'initrd.img';
/** Room for it on the relay; the agent builds none that would not fit. */
export const INITRAMFS_BYTES = 512 << 20;

/** Names the files of the source's EFI system partition as one more filesystem of a pass, and their disk on the relay. */
export const ESP = 'esp';
/** Room for them on the relay. */
export const ESP_BYTES = 512 << 20;

/** What the bootable image boots. */
export interface BootPlan {
  readonly kernelRelease: string;
  /** Absolute paths in the server's tree. */
  readonly kernel: string;
  readonly initrd: string | null;
  /** Whether the initramfs is to be built on the source, since its own lacks virtio or waits for volumes. */
  readonly buildInitramfs: boolean;
  /** Kernel parameters kept from the source, without `root=` and what named old devices. */
  readonly parameters: readonly string[];
}

/** A filesystem that the last pass can read as it was at one moment. */
export type PlannedSnapshot = LvmSnapshot | BtrfsSnapshot;

interface SnapshotPlace {
  /** {@link FilesystemFacts.id} */
  readonly filesystem: string;
  /** Where any part of it is mounted. */
  readonly mountpoint: string;
}
export interface LvmSnapshot extends SnapshotPlace {
  readonly kind: 'lvm';
  readonly type: string;
  readonly group: string;
  readonly volume: string;
  /** Room for what the server changes while it exists. */
  readonly extents: number;
}
export interface BtrfsSnapshot extends SnapshotPlace {
  readonly kind: 'btrfs';
  readonly device: string;
}

export interface ReplicaPlan {
  readonly version: 1;
  readonly disks: readonly PlannedDisk[];
  readonly fstab: readonly FstabEntry[];
  readonly swapFiles: readonly SwapFilePlan[];
  readonly boot: BootPlan;
  /** What arrives differently, told to the operator before anything starts, e.g. LVM flattened. */
  readonly remarks: readonly string[];
  /** What the last pass reads from snapshots; absent: nothing can be, or `sync.snapshot` is off. */
  readonly snapshots?: readonly PlannedSnapshot[];
  /**
   * By {@link FilesystemFacts.id} the subvolumes of each btrfs that has others than when its partition was made; absent:
   * none has.
   */
  readonly subvolumes?: Readonly<Record<string, Pick<BtrfsFeatures, 'subvolumes' | 'defaultSubvolume'>>>;
  /** Space that the replica is expected to take on the relay. */
  readonly expectedBytes: number;
  /** Bytes of the files in the source's ESP, which travel too; absent: they do not. */
  readonly espFileBytes?: number;
}
