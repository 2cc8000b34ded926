import type { FilesystemFacts, FilesystemFeatures } from '../model/facts.js';

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;

/** What mkfs needs at least: mkfs.xfs refuses less than 300 MiB, mkfs.btrfs some 110 MiB with its usual profiles. */
const LEAST_BYTES: Readonly<Record<FilesystemFeatures['family'], number>> = {
  ext: 8 * MIB,
  xfs: 320 * MIB,
  btrfs: 128 * MIB,
  other: MIB,
};

/** Room beside the content, for journals and what a server writes in its first hours. */
const SLACK_BYTES = 64 * MIB;

/** How large a filesystem of the replica is, and how small it may be made. */
export interface FilesystemSize {
  readonly wantedBytes: number;
  readonly leastBytes: number;
  /** Content as it arrives, which the relay must hold. */
  readonly contentBytes: number;
}

/** Sizes of one filesystem; whole MiB. */
export function filesystemSize(one: FilesystemFacts): FilesystemSize {
  const floor = LEAST_BYTES[one.features.family];
  const contentBytes = one.usedBytes * (1 + snapshotsOf(one));
  const leastBytes = Math.max(floor, contentBytes * 1.1 + SLACK_BYTES + inodeTableBytes(one));
  const source = Math.max(floor, one.sizeBytes);
  // Snapshots that shared their blocks arrive as full copies.
  const wantedBytes = snapshotsOf(one) > 0 ? Math.max(source, leastBytes) : source;
  return {
    wantedBytes: ceilMiB(wantedBytes),
    leastBytes: ceilMiB(Math.min(leastBytes, wantedBytes)),
    contentBytes,
  };
}

/** Read-only subvolumes are snapshots: each may be as large as everything that is used. */
export function snapshotsOf({ features }: FilesystemFacts): number {
  return features.family === 'btrfs' ? features.subvolumes.filter((one) => one.readonly).length : 0;
}

export function ceilMiB(bytes: number): number {
  return Math.ceil(bytes / MIB) * MIB;
}

/** ext's inode tables are made with the filesystem; when it is made smaller they shrink to twice what is used. */
function inodeTableBytes(one: FilesystemFacts): number {
  return one.features.family === 'ext' ? one.usedInodes * 2 * one.features.inodeSize : 0;
}

/** Features for another size than the source's: ext's number of inodes follows, and never falls below what is needed. */
export function featuresForSize(one: FilesystemFacts, sizeBytes: number): FilesystemFeatures {
  const { features } = one;
  if (features.family !== 'ext' || one.sizeBytes <= 0) return features;
  const scaled = Math.ceil((features.inodeCount * sizeBytes) / one.sizeBytes);
  const needed = Math.ceil(one.usedInodes * 1.2) + 1024;
  const keeps = sizeBytes >= one.sizeBytes ? features.inodeCount : 0;
  return { ...features, inodeCount: Math.max(Math.min(scaled, 0xffff_ffff), needed, keeps) };
}
