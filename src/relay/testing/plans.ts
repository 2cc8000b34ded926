import type { BtrfsFeatures, ExtFeatures, FilesystemFeatures, XfsFeatures } from '../../model/facts.js';
import type { FilesystemPartition, PlannedPartition, ReplicaPlan } from '../../model/plan.js';

export const MIB = 1024 * 1024;

/** Features as a stock Debian 12 has them. */
export const EXT4: ExtFeatures = {
  family: 'ext',
  features: (
    'has_journal ext_attr resize_inode dir_index orphan_file filetype needs_recovery extent 64bit flex_bg ' +
    'metadata_csum_seed sparse_super large_file huge_file dir_nlink extra_isize metadata_csum'
  ).split(' '),
  blockSize: 4096,
  inodeSize: 256,
  inodeCount: 20_000,
};
export const XFS: XfsFeatures = {
  family: 'xfs',
  blockSize: 4096,
  sectorSize: 512,
  flags: {
    crc: true,
    finobt: true,
    sparse: true,
    rmapbt: false,
    reflink: true,
    bigtime: true,
    inobtcount: true,
    nrext64: false,
    ftype: true,
  },
};
export const BTRFS: BtrfsFeatures = {
  family: 'btrfs',
  nodeSize: 16384,
  checksum: 'crc32c',
  incompat: ['MIXED_BACKREF', 'BIG_METADATA', 'EXTENDED_IREF', 'SKINNY_METADATA', 'NO_HOLES'],
  subvolumes: [
    { id: 256, path: '@', readonly: false },
    { id: 257, path: '@home', readonly: false },
    { id: 258, path: '@/var/nested', readonly: false },
    { id: 259, path: 'snapshots/1', readonly: true },
  ],
  defaultSubvolume: 256,
};

export interface PlannedFilesystem {
  readonly id: string;
  readonly type: string;
  readonly mountpoint: string;
  readonly sizeBytes: number;
  readonly features: FilesystemFeatures;
  readonly uuid: string;
}

/** A plan with one system disk that holds these filesystems. */
export function planOf(filesystems: readonly PlannedFilesystem[]): ReplicaPlan {
  const partitions: PlannedPartition[] = [
    { role: 'bios-boot', number: 1, startBytes: MIB, sizeBytes: 3 * MIB },
    { role: 'esp', number: 2, startBytes: 4 * MIB, sizeBytes: 64 * MIB, mountpoint: null, uuid: 'AB12-34CD' },
    {
      role: 'swap',
      number: 3,
      startBytes: 68 * MIB,
      sizeBytes: 16 * MIB,
      uuid: 'd7f6a8f0-53b9-4a0f-9d37-0f8c6a1b2c3d',
      label: 'swap0',
    },
  ];
  let startBytes = 84 * MIB;
  for (const [index, one] of filesystems.entries()) {
    partitions.push(partitionOf(one, index + 4, startBytes));
    startBytes += one.sizeBytes;
  }
  return {
    version: 1,
    disks: [{ disk: 'system', sizeBytes: startBytes + MIB, partitions }],
    fstab: [],
    swapFiles: [],
    boot: {
      kernelRelease: '6.1',
      kernel: '/boot/vmlinuz',
      initrd: null,
      buildInitramfs: false,
      parameters: [],
    },
    remarks: [],
    expectedBytes: 0,
  };
}

function partitionOf(one: PlannedFilesystem, number: number, startBytes: number): FilesystemPartition {
  return {
    role: 'filesystem',
    number,
    startBytes,
    sizeBytes: one.sizeBytes,
    filesystem: one.id,
    type: one.type,
    uuid: one.uuid,
    label: one.id,
    features: one.features,
    mountpoint: one.mountpoint,
    mountRoot: '/',
  };
}
