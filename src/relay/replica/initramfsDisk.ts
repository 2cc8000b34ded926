import { INITRAMFS, INITRAMFS_BYTES, type PlannedDisk, type ReplicaPlan } from '../../model/plan.js';

const MIB = 1 << 20;

/**
 * A disk beside the replica's own that receives the initramfs built on the source, and nothing else. So it is limited in
 * size, mounted, settled, checked and deleted as the replica is, and never becomes a part of it or an image.
 */
export const INITRAMFS_DISK: PlannedDisk = {
  disk: INITRAMFS,
  sizeBytes: INITRAMFS_BYTES + 2 * MIB,
  partitions: [
    {
      role: 'filesystem',
      number: 1,
      startBytes: MIB,
      sizeBytes: INITRAMFS_BYTES,
      filesystem: INITRAMFS,
      type: 'ext4',
      uuid: '',
      label: '',
      features: {
        family: 'ext',
        features: [
          'has_journal',
          'ext_attr',
          'dir_index',
          'filetype',
          'extent',
          'sparse_super',
          'large_file',
        ],
        blockSize: 4096,
        inodeSize: 256,
        inodeCount: 256,
      },
      mountpoint: '(initramfs)',
      mountRoot: '/',
    },
  ],
};

/** What the relay makes for a job: the planned disks, and that one where the plan wants an initramfs. */
export function withInitramfsDisk(plan: ReplicaPlan): ReplicaPlan {
  return plan.boot.buildInitramfs ? { ...plan, disks: [...plan.disks, INITRAMFS_DISK] } : plan;
}
