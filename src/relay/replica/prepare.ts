import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlannedDisk, ReplicaPlan } from '../../model/plan.js';
import { readIfExists, writeAtomically } from '../files.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { diskFile, type JobPaths } from '../paths.js';
import type { RunOptions } from '../runTool.js';
import { mkfsAbilities } from './abilities.js';
import { filesystems, modeFile, partitionMarker, REPLICA } from './layout.js';
import { makePartition } from './makePartition.js';
import type { MkfsAbilities } from './mkfs.js';
import { mountFilesystem } from './mounts.js';
import { makeDisk } from './partitionTable.js';
import { repair } from './repair.js';
import { shapeSubvolumes } from './subvolumes.js';
import { discardTrust, readTrust } from './trust.js';

export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told before each part, e.g. `mkfs.xfs /srv/data`. */
  readonly onProgress?: (detail: string) => void;
}

/** Makes the replica's disks, where they are not made yet, and mounts every filesystem for writing. */
export async function prepare(paths: JobPaths, plan: ReplicaPlan, options: PrepareOptions): Promise<void> {
  for (const folder of [paths.disks, paths.mnt, paths.work, paths.receiver, paths.log]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await writeAtomically(paths.planFile, `${JSON.stringify(plan)}\n`);
  if ((await readIfExists(modeFile(paths))) !== 'write') await closeNamespace(paths);
  const trust = await readTrust(paths, await JobNamespace.find(paths, REPLICA));
  const doubtful = trust === 'lost' || trust === 'unsettled';
  if (doubtful) await closeNamespace(paths);
  const namespace = await JobNamespace.open(paths, REPLICA);
  await writeAtomically(modeFile(paths), 'write');
  await makeMissing(namespace, paths, plan, options);
  if (doubtful && !(await repair(namespace, paths, plan, options))) {
    await makeMissing(namespace, paths, plan, options);
  }
  const mounted = await namespace.mountedAt();
  for (const { disk, partition } of filesystems(plan)) {
    await mountFilesystem(namespace, paths, disk, partition, { ...options, mode: 'write', mounted });
    await shapeSubvolumes(namespace, paths, plan, partition, options);
  }
  if (doubtful) await discardTrust(namespace, paths, plan, options);
}

/** Closes the replica's namespace, if one lives. */
export async function closeNamespace(paths: JobPaths): Promise<void> {
  await (await JobNamespace.find(paths, REPLICA))?.close();
  await rm(modeFile(paths), { force: true });
}

async function makeMissing(
  namespace: JobNamespace,
  paths: JobPaths,
  plan: ReplicaPlan,
  options: PrepareOptions,
): Promise<void> {
  let abilities: MkfsAbilities | null = null;
  for (const disk of plan.disks) {
    const about: RunOptions = { signal: options.signal, about: `disk ${disk.disk}` };
    await makeTable(namespace, paths, disk, about, options);
    for (const partition of disk.partitions) {
      if (partition.role === 'bios-boot') continue;
      const marker = partitionMarker(paths, disk, partition);
      const wanted = JSON.stringify(partition);
      if ((await readIfExists(marker)) === wanted) continue;
      options.onProgress?.(
        `making ${partition.role === 'filesystem' ? partition.mountpoint : partition.role}`,
      );
      abilities ??= await mkfsAbilities();
      await makePartition(namespace, diskFile(paths, disk.disk), partition, abilities, about);
      await writeAtomically(marker, wanted);
    }
  }
}

/** A disk that was planned otherwise before is made anew, with all its partitions. */
async function makeTable(
  namespace: JobNamespace,
  paths: JobPaths,
  disk: PlannedDisk,
  about: RunOptions,
  options: PrepareOptions,
): Promise<void> {
  const marker = join(paths.disks, `${disk.disk}.table`);
  const wanted = JSON.stringify(disk);
  if ((await readIfExists(marker)) === wanted) return;
  options.onProgress?.(`partitioning ${disk.disk}`);
  for (const [place, device] of await namespace.mountedAt()) {
    if (place.startsWith(`${paths.mnt}/`) && device.startsWith('/dev/loop')) await namespace.unmount(place);
  }
  await rm(marker, { force: true });
  for (let number = 1; number <= 128; number += 1) {
    await rm(join(paths.disks, `${disk.disk}.${number}.done`), { force: true });
  }
  await makeDisk(diskFile(paths, disk.disk), disk, about);
  await writeAtomically(marker, wanted);
}
