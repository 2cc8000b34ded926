import {
  ESP,
  ESP_BYTES,
  INITRAMFS,
  INITRAMFS_BYTES,
  type PlannedDisk,
  type ReplicaPlan,
} from '../../model/plan.js';

const MIB = 1 << 20;

/** Receives the initramfs that was built on the source. */
export const INITRAMFS_DISK = extraDisk(INITRAMFS, INITRAMFS_BYTES, 256);
/** Receives the files of the source's ESP: the image's own is filled where it lies in its disk. */
export const ESP_DISK = extraDisk(ESP, ESP_BYTES, 8192);

/** What the relay makes for a job: the planned disks, and one beside them for each other thing that the plan wants. */
export function withExtraDisks(plan: ReplicaPlan): ReplicaPlan {
  const extra = [
    ...(plan.boot.buildInitramfs ? [INITRAMFS_DISK] : []),
    ...(plan.espFileBytes === undefined ? [] : [ESP_DISK]),
  ];
  return { ...plan, disks: [...plan.disks, ...extra] };
}

/**
 * A disk beside the replica's own that receives one thing and nothing else. So that is limited in size, mounted, settled,
 * checked and deleted as the replica is, and never becomes a part of it or an image.
 */
function extraDisk(name: string, sizeBytes: number, inodeCount: number): PlannedDisk {
  return {
    disk: name,
    sizeBytes: sizeBytes + 2 * MIB,
    partitions: [
      {
        role: 'filesystem',
        number: 1,
        startBytes: MIB,
        sizeBytes,
        filesystem: name,
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
          inodeCount,
        },
        mountpoint: `(${name})`,
        mountRoot: '/',
      },
    ],
  };
}
