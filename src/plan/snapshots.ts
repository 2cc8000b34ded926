/** Which filesystems the last pass reads as they were at one moment. */
import { FleetliftError } from '../errors/FleetliftError.js';
import type { BtrfsFeatures, FilesystemFacts, SourceFacts, VolumeGroupFacts } from '../model/facts.js';
import type { Server } from '../model/fleet.js';
import type { PlannedSnapshot } from '../model/plan.js';
import { firstMount } from './migrated.js';
import { GIB, MIB } from './sizes.js';

/** What becomes of one filesystem. */
export type SnapshotVerdict =
  | { readonly mountpoint: string; readonly snapshot: PlannedSnapshot }
  | { readonly mountpoint: string; readonly snapshot: null; readonly reason: string };

type SnapshotFacts = Pick<SourceFacts, 'volumeGroups' | 'swaps' | 'filesystems' | 'boot'>;

/** What a volume group has for snapshots. */
interface Room {
  readonly group: VolumeGroupFacts;
  /** What its filesystems together are to have. */
  readonly wantedExtents: number;
  /** The part of that which there is, at most 1. */
  readonly share: number;
}

/** Of a volume, what may change while its snapshot exists: lvcreate(8) calls 15 to 20 % typical. */
const OF_VOLUME = 0.2;
/** A last pass is a matter of minutes, and the kernel keeps 2 MiB in memory for each GiB that has changed. */
const MOST_BYTES = 64 * GIB;
/** With less than this part of what is to be, it is not begun. */
const LEAST_SHARE = 0.1;
/** Of a volume group's free extents, what snapshots may take; the rest is left to the server. */
const OF_FREE = 0.9;
/** Of a btrfs, what must be free, since its snapshots hold what the server overwrites. The agent gives up at half of it. */
const FREE_OF_BTRFS = 0.1;
/** They are made one after the other, and are to be of nearly one moment. */
const MOST_SUBVOLUMES = 100;
/** What an initramfs mounts. */
const EARLY = ['/', '/usr'];

/** What is read from snapshots; nothing where the inventory says `off`. */
export function planSnapshots(
  facts: SnapshotFacts,
  server: Server,
  filesystems: readonly FilesystemFacts[],
): PlannedSnapshot[] {
  if (server.sync.snapshot === 'off') return [];
  return judgeSnapshots(facts, filesystems).flatMap(({ snapshot }) => snapshot ?? []);
}

/** Judges each filesystem. Those on one volume group share what it has free, each by its size. */
export function judgeSnapshots(
  facts: SnapshotFacts,
  filesystems: readonly FilesystemFacts[],
): SnapshotVerdict[] {
  const rooms = new Map(
    (facts.volumeGroups ?? []).map((group) => [group.name, roomOf(group, filesystems)] as const),
  );
  return filesystems.map((one) => {
    const { mountpoint } = firstMount(one);
    const judged = judge(one, facts, rooms);
    return typeof judged === 'string'
      ? { mountpoint, snapshot: null, reason: judged }
      : { mountpoint, snapshot: judged };
  });
}

/**
 * The planned snapshots with their room measured anew: what is free changes in the days of a first pass.
 *
 * @throws FleetliftError E-SNAPSHOT where one of them is no longer possible
 */
export function fitSnapshots(
  planned: readonly PlannedSnapshot[],
  facts: SourceFacts,
  volumeGroups: readonly VolumeGroupFacts[],
): PlannedSnapshot[] {
  const ids = planned.map(({ filesystem }) => filesystem);
  const filesystems = facts.filesystems.filter(({ id }) => ids.includes(id));
  return judgeSnapshots({ ...facts, volumeGroups }, filesystems).map((verdict) => {
    if (verdict.snapshot !== null) return verdict.snapshot;
    throw new FleetliftError('E-SNAPSHOT', {
      message: `no snapshot of ${verdict.mountpoint} of ${facts.identity.hostname} can be taken: ${verdict.reason}`,
    });
  });
}

/** The snapshot, or why there is none. */
function judge(
  one: FilesystemFacts,
  facts: SnapshotFacts,
  rooms: ReadonlyMap<string, Room>,
): PlannedSnapshot | string {
  if (isReadOnly(one)) return 'mounted read-only';
  return one.features.family === 'btrfs'
    ? judgeBtrfs(one, one.features, facts)
    : judgeVolume(one, facts, rooms);
}

/** Nothing changes in it while it is read. */
function isReadOnly({ mounts }: FilesystemFacts): boolean {
  return mounts.every(({ options }) => options.includes('ro'));
}

function judgeBtrfs(
  one: FilesystemFacts,
  { subvolumes, quota }: BtrfsFeatures,
  { swaps, filesystems }: SnapshotFacts,
): PlannedSnapshot | string {
  if (subvolumes.length > MOST_SUBVOLUMES) {
    return `${String(subvolumes.length)} subvolumes are more than ${String(MOST_SUBVOLUMES)}`;
  }
  // btrfs then walks through all that a snapshot holds when that is removed, and the server stands still meanwhile.
  if (quota === true) return 'it counts quotas of its subvolumes';
  if (swaps.some(({ kind, path }) => kind === 'file' && holderOf(path, filesystems)?.id === one.id)) {
    return 'btrfs takes none of a subvolume with a swap file';
  }
  if (one.sizeBytes - one.usedBytes < one.sizeBytes * FREE_OF_BTRFS) {
    return `less than ${String(FREE_OF_BTRFS * 100)} % of it is free`;
  }
  return { filesystem: one.id, kind: 'btrfs', mountpoint: firstMount(one).mountpoint, device: one.device };
}

function judgeVolume(
  one: FilesystemFacts,
  facts: SnapshotFacts,
  rooms: ReadonlyMap<string, Room>,
): PlannedSnapshot | string {
  const { id, type, layers, volume } = one;
  if (volume === undefined) {
    return layers[0] === 'lvm' ? 'LVM does not tell of its volume' : 'neither btrfs nor on LVM';
  }
  if (volume.kind === 'thin') return 'a snapshot could fill the pool of its thin volume';
  const room = rooms.get(volume.group);
  if (volume.kind === 'other' || room?.group.changeable !== true) {
    return `LVM takes none here of volume ${volume.group}/${volume.name}`;
  }
  // LVM activates a volume with its snapshots or not at all: a server that rebooted now would not find its root.
  if (one.mounts.some(({ mountpoint }) => EARLY.includes(mountpoint)) && !bootsWithSnapshots(facts)) {
    return 'its initramfs may not activate a volume that has a snapshot: no dm-snapshot was seen in it';
  }
  const { group, wantedExtents, share } = room;
  if (share < LEAST_SHARE) {
    const needed = (wantedExtents * LEAST_SHARE) / OF_FREE;
    return `volume group ${group.name} has ${mib(group.freeExtents, group)} free, and ${mib(needed, group)} are needed`;
  }
  return {
    filesystem: id,
    kind: 'lvm',
    mountpoint: firstMount(one).mountpoint,
    type,
    group: group.name,
    volume: volume.name,
    extents: Math.max(1, Math.floor(extentsFor(one, group) * share)),
  };
}

/** Of the kernel that runs and the newest one: whichever the next start has. */
function bootsWithSnapshots({ boot: { kernels, runningKernel } }: SnapshotFacts): boolean {
  const next = kernels.filter(
    ({ release }, index) => release === runningKernel || index === kernels.length - 1,
  );
  return next.length > 0 && next.every(({ activatesSnapshots }) => activatesSnapshots === true);
}

function roomOf(group: VolumeGroupFacts, filesystems: readonly FilesystemFacts[]): Room {
  const wantedExtents = filesystems
    .filter((one) => one.volume?.group === group.name && one.volume.kind === 'plain')
    .filter((one) => one.features.family !== 'btrfs' && !isReadOnly(one))
    .reduce((sum, one) => sum + extentsFor(one, group), 0);
  return {
    group,
    wantedExtents,
    share: Math.min(1, (group.freeExtents * OF_FREE) / Math.max(1, wantedExtents)),
  };
}

function extentsFor({ sizeBytes }: FilesystemFacts, { extentBytes }: VolumeGroupFacts): number {
  return Math.ceil(Math.min(sizeBytes * OF_VOLUME, MOST_BYTES) / extentBytes);
}

/** The filesystem that holds a path: the one with the deepest mount above it. */
function holderOf(path: string, filesystems: readonly FilesystemFacts[]): FilesystemFacts | undefined {
  const depth = ({ mounts }: FilesystemFacts): number =>
    Math.max(
      0,
      ...mounts
        .map(({ mountpoint }) => mountpoint)
        .filter((mountpoint) => mountpoint === '/' || path.startsWith(`${mountpoint}/`))
        .map((mountpoint) => mountpoint.length),
    );
  return [...filesystems].sort((a, b) => depth(b) - depth(a))[0];
}

function mib(extents: number, { extentBytes }: VolumeGroupFacts): string {
  return `${String(Math.ceil((extents * extentBytes) / MIB))} MiB`;
}
