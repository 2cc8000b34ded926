import { FleetliftError } from '../errors/FleetliftError.js';
import type { FilesystemFacts, SourceFacts } from '../model/facts.js';
import type { Server } from '../model/fleet.js';
import type { PlannedDisk, ReplicaPlan } from '../model/plan.js';
import { planBoot } from './bootPlan.js';
import { layOutDisk } from './diskLayout.js';
import { planEspFiles } from './espFiles.js';
import { planFstab } from './fstab.js';
import { withInitramfsRoom } from './initramfsRoom.js';
import { firstMount, sortFilesystems, type Migrated } from './migrated.js';
import { remarksOf } from './remarks.js';
import { filesystemSize, GIB, MIB } from './sizes.js';
import { planSnapshots } from './snapshots.js';

/** Journals, inode tables and trees of one filesystem on the relay. */
const METADATA_BYTES = 64 * MIB;

/** More sectors a VHD does not count: VHD_MAX_SECTORS of QEMU's block/vpc.c. */
const VHD_MOST_BYTES = 2040 * GIB;

/**
 * The replica plan of a source: which disks and partitions the relay makes, what fstab and boot loader will say, and
 * what arrives differently. LVM and RAID are flattened: each filesystem gets a partition on the disk it is counted to.
 *
 * @throws FleetliftError E-FS-UNSUPPORTED, E-DISK-SIZE, E-KERNEL-MISSING
 */
export function planReplica(facts: SourceFacts, server: Server): ReplicaPlan {
  const migrated = sortFilesystems(facts);
  const disks = planDisks(facts, server, migrated);
  refuseTooLarge(disks, server);
  const fstab = planFstab(facts, asPlanned(migrated, disks));
  const snapshots = planSnapshots(facts, server, migrated.filesystems);
  return {
    version: 1,
    disks,
    fstab: fstab.entries,
    swapFiles: facts.swaps
      .filter((swap) => swap.kind === 'file')
      .map(({ path, sizeBytes, uuid, label }) => ({ path, sizeBytes, uuid, label })),
    boot: planBoot(facts, rootOf(migrated.filesystems), server.image.format),
    remarks: [...remarksOf(facts, server, migrated, disks), ...fstab.remarks],
    ...(snapshots.length > 0 ? { snapshots } : {}),
    expectedBytes: migrated.filesystems.reduce((sum, one) => sum + expectedBytes(one), 0),
    ...planEspFiles(migrated.esp, disks),
  };
}

/** The ESP has the serial number that it is made with: the source's own may be none that can be given. */
function asPlanned(migrated: Migrated, disks: readonly PlannedDisk[]): Migrated {
  const planned = disks.flatMap(({ partitions }) => partitions).find((one) => one.role === 'esp');
  if (migrated.esp === null || planned === undefined) return migrated;
  return { ...migrated, esp: { ...migrated.esp, uuid: planned.uuid } };
}

function planDisks(facts: SourceFacts, server: Server, migrated: Migrated): PlannedDisk[] {
  const names = ['system', ...facts.disks.map((disk) => disk.id).filter((id) => id !== 'system')];
  const filesystemsWithRoom = withInitramfsRoom(facts, migrated.filesystems, server.image.format);
  return names.flatMap((disk) => {
    const filesystems = filesystemsWithRoom.filter((one) => one.disk === disk);
    const swaps = facts.swaps.filter((swap) => swap.kind === 'partition' && swap.disk === disk);
    if (filesystems.length === 0 && swaps.length === 0) return [];
    const wish = server.image.disks[disk];
    const wishedBytes = wish === undefined ? null : wish.sizeGiB * GIB;
    const esp = disk === 'system' ? migrated.esp : null;
    return [layOutDisk({ disk, filesystems, swaps, esp, wishedBytes, server: server.name })];
  });
}

/** Told before anything is sent, and not when the image is made. */
function refuseTooLarge(disks: readonly PlannedDisk[], { name, image }: Server): void {
  const large = disks.find(({ sizeBytes }) => sizeBytes > VHD_MOST_BYTES);
  if (image.format !== 'vpc' || large === undefined) return;
  const { disk, sizeBytes } = large;
  throw new FleetliftError('E-DISK-SIZE', {
    message: `disk ${disk} of ${name} has ${Math.ceil(sizeBytes / GIB)} GiB, and a VHD holds ${VHD_MOST_BYTES / GIB} GiB`,
    remedy: `choose another image.format, or set image.disks.${disk}.sizeGiB to ${VHD_MOST_BYTES / GIB} or less where its content fits`,
  });
}

/** `sortFilesystems` has refused a source without one. */
function rootOf(filesystems: readonly FilesystemFacts[]): FilesystemFacts {
  const root = filesystems.find((one) => firstMount(one).mountpoint === '/');
  if (root === undefined) throw new Error('a source without a root filesystem was not refused');
  return root;
}

function expectedBytes(one: FilesystemFacts): number {
  const { contentBytes, wantedBytes } = filesystemSize(one);
  return Math.min(Math.ceil(contentBytes * 1.05) + METADATA_BYTES, wantedBytes);
}
