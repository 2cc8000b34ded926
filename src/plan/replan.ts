import { isDeepStrictEqual } from 'node:util';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { BtrfsFeatures, SourceFacts } from '../model/facts.js';
import type { Server } from '../model/fleet.js';
import type { FilesystemPartition, ReplicaPlan } from '../model/plan.js';
import { planEspFiles } from './espFiles.js';
import { sortFilesystems } from './migrated.js';
import { planReplica } from './planReplica.js';

/** Of a partition, what the content of the source's filesystem may take; the rest is the filesystem's own. */
const FILLED = 0.95;

/**
 * The plan of a job whose replica stands, by new facts of its source: fstab, kernels and what fits stay up to date for
 * weeks of deltas, and the disks stay as they were made.
 *
 * @throws FleetliftError E-SOURCE-CHANGED where a filesystem came, went, or no longer fits; and what planReplica throws
 */
export function replan(old: ReplicaPlan, facts: SourceFacts, server: Server): ReplicaPlan {
  const fresh = planReplica(facts, server);
  const made = filesystemsOf(old);
  const wanted = filesystemsOf(fresh);
  const changes = [
    ...[...wanted].flatMap(([key, { mountpoint }]) => (made.has(key) ? [] : [`${mountpoint} is new`])),
    ...[...made].flatMap(([key, { mountpoint }]) => (wanted.has(key) ? [] : [`${mountpoint} is gone`])),
    ...facts.filesystems.flatMap(({ id, usedBytes }) => {
      const place = [...made.values()].find(({ filesystem }) => filesystem === id);
      const fits = place === undefined || usedBytes <= place.sizeBytes * FILLED;
      return fits ? [] : [`${place.mountpoint} holds more than its partition of the replica`];
    }),
    ...[...made].flatMap(([key, { mountpoint, mountRoot }]) => {
      const now = wanted.get(key)?.mountRoot ?? mountRoot;
      return now === mountRoot ? [] : [`${mountpoint} was ${mountRoot} of its filesystem and is ${now}`];
    }),
  ];
  if (changes.length > 0) {
    throw new FleetliftError('E-SOURCE-CHANGED', {
      message: `the disks of ${server.name} have changed since its import: ${changes.join(', ')}`,
    });
  }
  // The ESP that was made may be smaller than one made anew.
  const { espFileBytes: _fresh, ...rest } = fresh;
  return {
    ...rest,
    disks: old.disks,
    ...planEspFiles(sortFilesystems(facts).esp, old.disks),
    ...subvolumesNow(made, wanted),
  };
}

/** Snapshots come and go; what a partition was made with stays written in its disk. */
function subvolumesNow(
  made: ReadonlyMap<string, FilesystemPartition>,
  wanted: ReadonlyMap<string, FilesystemPartition>,
): Pick<ReplicaPlan, 'subvolumes'> {
  const changed = [...made].flatMap(([key, { filesystem, features }]) => {
    const now = wanted.get(key)?.features;
    if (features.family !== 'btrfs' || now?.family !== 'btrfs') return [];
    const shape = ({ subvolumes, defaultSubvolume }: BtrfsFeatures) => ({ subvolumes, defaultSubvolume });
    return isDeepStrictEqual(shape(features), shape(now)) ? [] : [[filesystem, shape(now)] as const];
  });
  return changed.length === 0 ? {} : { subvolumes: Object.fromEntries(changed) };
}

/** By what makes a filesystem the same one: its place in passes, its UUID, and where it is mounted. */
function filesystemsOf(plan: ReplicaPlan): Map<string, FilesystemPartition> {
  const partitions = plan.disks.flatMap(({ partitions: all }) => all);
  const found = partitions.filter((one): one is FilesystemPartition => one.role === 'filesystem');
  return new Map(found.map((one) => [`${one.filesystem} ${one.type} ${one.uuid} ${one.mountpoint}`, one]));
}
