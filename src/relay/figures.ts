/** What metrics tell of a relay: read from its disks each time, so that a restart of its worker loses nothing. */
import { access } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { JobBytes, RelayFigures } from '../model/figures.js';
import { knownFolders } from './folders.js';
import { jobPaths, type JobPaths } from './paths.js';
import { connectionsFolder, wireBytes } from './receiver/connections.js';
import { allocatedBelow, promisedToOthers, readLedger } from './space/ledger.js';
import { MARGIN_BYTES } from './space/margin.js';
import { capacityBytes, freeBytes } from './space/space.js';
import type { RelayHome } from './home.js';

/** The figures of a relay. Jobs are those that hold room on it: from before their first byte to their end. */
export async function relayFigures({ name, dir }: Pick<RelayHome, 'name' | 'dir'>): Promise<RelayFigures> {
  const folders = await Promise.all((await knownFolders(dir)).map((folder) => folderFigures(name, folder)));
  const [fullest] = folders.sort((a, b) => a.freeBytes - b.freeBytes);
  return {
    relay: name,
    freeBytes: fullest?.freeBytes ?? 0,
    capacityBytes: fullest?.capacityBytes ?? 0,
    jobs: folders.flatMap(({ jobs }) => jobs),
  };
}

/** Bytes that the disks of a job's replica take. */
export function replicaBytes(paths: JobPaths): Promise<number> {
  return allocatedBelow(paths.disks);
}

async function folderFigures(name: string, dir: string): Promise<Omit<RelayFigures, 'relay'>> {
  const ledger = await readLedger(dir);
  const promised = await promisedToOthers(ledger, '');
  const relay = { name, dir, port: 0, address: '0.0.0.0' };
  const jobs = Object.keys(ledger).map((folder) => {
    const job = {
      migration: basename(dirname(dirname(folder))),
      server: basename(dirname(folder)),
      number: Number(basename(folder)),
    };
    return jobBytes(job, jobPaths(relay, job));
  });
  return {
    freeBytes: Math.max(0, (await freeBytes(dir)) - MARGIN_BYTES - promised),
    capacityBytes: await capacityBytes(dir),
    jobs: await Promise.all(jobs),
  };
}

async function jobBytes(job: JobBytes['job'], paths: JobPaths): Promise<JobBytes> {
  return {
    job,
    logicalBytes: await replicaBytes(paths),
    // To look at them would make their folder, also that of a job which is being deleted.
    wireBytes: (await hadConnections(paths)) ? await wireBytes(paths.receiver) : 0,
  };
}

async function hadConnections({ receiver }: JobPaths): Promise<boolean> {
  return access(connectionsFolder(receiver)).then(
    () => true,
    () => false,
  );
}
