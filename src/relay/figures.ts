/** What metrics tell of a relay: read from its disks each time, so that a restart of its worker loses nothing. */
import { basename, dirname } from 'node:path';
import type { RelayFigures } from '../model/figures.js';
import type { JobRef } from '../model/job.js';
import { knownFolders } from './folders.js';
import { jobPaths, type JobPaths } from './paths.js';
import { CountedBytes } from './receiver/CountedBytes.js';
import { allocatedBelow, promisedToOthers, readLedger } from './space/ledger.js';
import { MARGIN_BYTES } from './space/margin.js';
import { capacityBytes, freeBytes } from './space/space.js';
import type { RelayHome } from './home.js';

/** Jobs are those that hold room on the relay: from before their first byte to their end. */
export type ReadFigures = () => Promise<RelayFigures>;

/** Makes what reads the figures of a relay, and is quick where it is asked again and again. */
export function relayFigures({ name, dir }: Pick<RelayHome, 'name' | 'dir'>): ReadFigures {
  const counted = new CountedBytes();
  return async () => {
    const folders = await Promise.all((await knownFolders(dir)).map((folder) => folderSpace(folder)));
    const [fullest] = folders.sort((a, b) => a.freeBytes - b.freeBytes);
    const jobs = folders.flatMap((folder) =>
      folder.jobs.map((job) => ({
        job,
        paths: jobPaths({ name, dir: folder.dir, port: 0, address: '' }, job),
      })),
    );
    const wire = await counted.of(jobs.map(({ paths }) => paths.receiver));
    return {
      relay: name,
      freeBytes: fullest?.freeBytes ?? 0,
      capacityBytes: fullest?.capacityBytes ?? 0,
      jobs: await Promise.all(
        jobs.map(async ({ job, paths }) => ({
          job,
          logicalBytes: await replicaBytes(paths),
          wireBytes: wire.get(paths.receiver) ?? 0,
        })),
      ),
    };
  };
}

/** Bytes that the disks of a job's replica take. */
export function replicaBytes(paths: JobPaths): Promise<number> {
  return allocatedBelow(paths.disks);
}

async function folderSpace(
  dir: string,
): Promise<{ dir: string; freeBytes: number; capacityBytes: number; jobs: JobRef[] }> {
  const ledger = await readLedger(dir);
  const promised = await promisedToOthers(ledger, '');
  return {
    dir,
    freeBytes: Math.max(0, (await freeBytes(dir)) - MARGIN_BYTES - promised),
    capacityBytes: await capacityBytes(dir),
    jobs: Object.keys(ledger).map((folder) => ({
      migration: basename(dirname(dirname(folder))),
      server: basename(dirname(folder)),
      number: Number(basename(folder)),
    })),
  };
}
