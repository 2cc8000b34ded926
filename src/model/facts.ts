/**
 * The record of a source: what the agent saw, read and checked on our side (the source is not trusted).
 * Sizes are bytes unless a name says otherwise.
 */

export interface SourceIdentity {
  readonly hostname: string;
  readonly machineId: string | null;
  /** MAC addresses of physical-like interfaces, lower case, sorted. */
  readonly hardwareAddresses: readonly string[];
}

export interface OsFacts {
  readonly id: string;
  readonly idLike: readonly string[];
  readonly versionId: string;
  readonly prettyName: string;
}

/**
 * What an initramfs was told to wait for when it was built: volumes of that machine, and the swap to resume from. Its
 * boot is held up, or ends in a shell, on a machine that has none of them.
 */
export type InitramfsWait = 'lvm' | 'raid' | 'luks' | 'multipath' | 'device-mapper' | 'resume';

/** A platform whose disks need other drivers than virtio's. */
export type TargetPlatform = 'hyperv' | 'vmware';

/** A kernel in the source's `/boot`. */
export interface KernelFacts {
  readonly release: string;
  /** Absolute path on the source, as seen from `/`. */
  readonly image: string;
  readonly initrd: string | null;
  /**
   * Whether kernel or initramfs hold virtio-blk and -scsi (or the one that the kernel has), -pci and -net; null: could not
   * be told.
   */
  readonly virtio: boolean | null;
  /** Told where `virtio` is false: whether the drivers lie beside the kernel, so that an initramfs with them can be built. */
  readonly virtioModules?: boolean;
  /** What its initramfs waits for; absent: nothing, or it could not be told. */
  readonly waitsFor?: readonly InitramfsWait[];
  /** Of these the initramfs lacks drivers of disks that lie beside the kernel; absent: of none, or it could not be told. */
  readonly lacksDriversOf?: readonly TargetPlatform[];
  /** It activates volumes of LVM that have snapshots; absent: it does not, or it could not be told. */
  readonly activatesSnapshots?: true;
}

export interface ExtFeatures {
  readonly family: 'ext';
  readonly features: readonly string[];
  readonly blockSize: number;
  readonly inodeSize: number;
  readonly inodeCount: number;
  /** Of the blocks, those that only root may take; absent: not told, as in facts of earlier versions. */
  readonly reservedPercent?: number;
}
export interface XfsFeatures {
  readonly family: 'xfs';
  readonly blockSize: number;
  readonly sectorSize: number;
  /** As `xfs_info` names them: crc, finobt, sparse, rmapbt, reflink, bigtime, inobtcount, nrext64, ftype … */
  readonly flags: Readonly<Record<string, boolean>>;
}
export interface BtrfsSubvolume {
  readonly id: number;
  /** Path below the top level, without a leading slash. */
  readonly path: string;
  readonly readonly: boolean;
}
export interface BtrfsFeatures {
  readonly family: 'btrfs';
  readonly nodeSize: number;
  readonly checksum: string;
  readonly incompat: readonly string[];
  readonly subvolumes: readonly BtrfsSubvolume[];
  /** Id of the default subvolume; 5 is the top level. */
  readonly defaultSubvolume: number;
  /** It counts what each subvolume holds; absent: it does not, or an earlier agent did not look. */
  readonly quota?: true;
}
export interface OtherFeatures {
  readonly family: 'other';
}
export type FilesystemFeatures = ExtFeatures | XfsFeatures | BtrfsFeatures | OtherFeatures;

export interface MountFacts {
  readonly mountpoint: string;
  /** Path inside the filesystem that is mounted here: `/` for the whole, `/@home` for a subvolume. */
  readonly root: string;
  /** Of this mount, and those of its filesystem that switch quotas on or have btrfs compress. */
  readonly options: readonly string[];
}

/** A logical volume of LVM. */
export interface VolumeFacts {
  readonly group: string;
  readonly name: string;
  /** `plain`: of extents of its own, also mirrored; `thin`: of a pool; `other`: a cache, a snapshot and the like. */
  readonly kind: 'plain' | 'thin' | 'other';
}

/** A volume group of LVM. */
export interface VolumeGroupFacts {
  readonly name: string;
  readonly extentBytes: number;
  readonly freeExtents: number;
  /** Whether this server alone may change it, and can. */
  readonly changeable: boolean;
}

/** A mounted, disk-backed filesystem; one that is mounted several times stands here once. */
export interface FilesystemFacts {
  /** `fs0`, `fs1` … in the order of the disks, `/` first. */
  readonly id: string;
  /** `system`, `disk1`, `disk2` …: the disk this is counted to (for LVM and RAID: the first disk below it). */
  readonly disk: string;
  /** Device as mounted, e.g. `/dev/vda2`, `/dev/mapper/vg-root`. */
  readonly device: string;
  /** Kinds of layer between the filesystem and its disks, from the top: e.g. `['lvm', 'raid1']`, or `['lvm', 'iscsi']`. */
  readonly layers: readonly string[];
  /** The logical volume that it lies on directly; absent: on none, or LVM does not tell. */
  readonly volume?: VolumeFacts;
  readonly type: string;
  readonly uuid: string;
  readonly label: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  readonly usedInodes: number;
  readonly features: FilesystemFeatures;
  /** The mounts of this filesystem; the first one is the one that counts (`/`, else the shortest). */
  readonly mounts: readonly MountFacts[];
}

export interface SwapFacts {
  readonly kind: 'partition' | 'file';
  /** Device, or path of the swap file. */
  readonly path: string;
  readonly uuid: string;
  readonly label: string;
  readonly sizeBytes: number;
  /** Disk of the partition, or of the filesystem that holds the file. */
  readonly disk: string;
}

export interface DiskFacts {
  /** `system` holds `/`; the others are `disk1`, `disk2` … in the order of their device names. */
  readonly id: string;
  readonly device: string;
  readonly sizeBytes: number;
  readonly table: 'gpt' | 'dos' | 'none';
}

/** A disk or partition with content that is not mounted, and so not migrated. */
export interface UnmountedFacts {
  readonly device: string;
  readonly sizeBytes: number;
  readonly type: string;
}

/** A mount that is not copied (tmpfs, NFS, overlay, bind …), for the report. */
export interface SkippedMount {
  readonly mountpoint: string;
  readonly type: string;
  readonly source: string;
}

export interface ToolFacts {
  /** null: not installed. */
  readonly rsync: {
    readonly version: string;
    readonly compressions: readonly string[];
    readonly acls: boolean;
    readonly xattrs: boolean;
  } | null;
  readonly ssh: string | null;
  readonly unshare: boolean;
  readonly setsid: boolean;
  readonly initramfs: 'initramfs-tools' | 'dracut' | null;
}

export interface ServiceFacts {
  /** Units of systemd that are active, e.g. `postgresql@15-main.service`; empty where there is no systemd. */
  readonly active: readonly string[];
  readonly failed: readonly string[];
  readonly systemState: string | null;
}

export interface NetworkFacts {
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac: string;
    readonly addresses: readonly string[];
  }[];
  readonly listeningTcpPorts: readonly number[];
  /** Which of these configure the network here. */
  readonly managers: readonly (
    'ifupdown' | 'systemd-networkd' | 'netplan' | 'NetworkManager' | 'ifcfg' | 'wicked'
  )[];
  /** Addresses that stand in the configuration; absent: none, or not looked for. */
  readonly staticAddresses?: readonly { readonly file: string; readonly address: string }[];
  /** Mirrors, time servers and name servers that may answer only where the server is now; absent: none, or not looked for. */
  readonly oldPlace?: readonly { readonly file: string; readonly host: string }[];
}

export interface BootFacts {
  readonly firmware: 'bios' | 'uefi';
  readonly secureBoot: boolean;
  readonly commandLine: string;
  /** Version as `grub-install --version` tells, `grub-legacy`, or null: none found. */
  readonly grub: string | null;
  readonly runningKernel: string;
  readonly kernels: readonly KernelFacts[];
  /** Programs in the EFI system partition, by paths below it, e.g. `EFI/debian/shimx64.efi`; absent: none were seen. */
  readonly espPrograms?: readonly string[];
}

export interface SourceFacts {
  readonly protocol: 1;
  readonly identity: SourceIdentity;
  readonly os: OsFacts;
  readonly architecture: string;
  readonly memoryBytes: number;
  readonly boot: BootFacts;
  /** Source's clock minus ours, milliseconds, at the time the facts were taken. */
  readonly clockSkewMs: number;
  readonly timezone: string | null;
  readonly disks: readonly DiskFacts[];
  readonly filesystems: readonly FilesystemFacts[];
  readonly swaps: readonly SwapFacts[];
  readonly unmounted: readonly UnmountedFacts[];
  readonly skippedMounts: readonly SkippedMount[];
  /** Absent: no LVM, or it does not tell. */
  readonly volumeGroups?: readonly VolumeGroupFacts[];
  /** Raw content of `/etc/fstab`. */
  readonly fstab: string;
  readonly tools: ToolFacts;
  readonly services: ServiceFacts;
  readonly network: NetworkFacts;
  readonly selinux: 'enforcing' | 'permissive' | 'disabled';
  readonly cloudInit: boolean;
  /** Files with `chattr +i` or `+a` below /etc and directly in /boot, /root, /usr/bin and /usr/sbin, at most 100; absent: none. */
  readonly immutable?: readonly string[];
  /** Free bytes where the agent's folder lies. */
  readonly agentFreeBytes: number;
  readonly root: boolean;
}
