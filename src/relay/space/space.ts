import { mkdir, statfs } from 'node:fs/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { JobRef } from '../../model/job.js';
import { withLock } from '../lock.js';
import { jobPaths } from '../paths.js';
import type { RelayContext } from '../types.js';
import { allocatedBytes, ledgerFile, promisedToOthers, readLedger, writeLedger } from './ledger.js';
import { MARGIN_BYTES } from './margin.js';

/** Bytes that a process without privileges may still write below a folder. */
export async function freeBytes(dir: string): Promise<number> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/**
 * Reserves room for a job, or changes what it had reserved. What it has written already is counted in.
 *
 * @throws FleetliftError E-RELAY-SPACE with what is needed, free, and promised to other jobs; E-RELAY-FULL where
 *   something else has taken what the job had reserved
 */
export async function reserve(relay: RelayContext, job: JobRef, bytes: number): Promise<void> {
  const folder = jobPaths(relay, job).job;
  await withLock(`${ledgerFile(relay.dir)}.lock`, async () => {
    const ledger = await readLedger(relay.dir);
    const free = await freeBytes(relay.dir);
    const others = await promisedToOthers(ledger, folder);
    const needed = Math.max(0, bytes - (await allocatedBytes(folder))) + MARGIN_BYTES;
    if (needed > free - others) {
      const taken = (ledger[folder] ?? 0) >= bytes;
      throw new FleetliftError(taken ? 'E-RELAY-FULL' : 'E-RELAY-SPACE', {
        message:
          `relay ${relay.name} has too little room in ${relay.dir} for ${job.server}` +
          `${taken ? ', though it was reserved' : ''}: needed ${mib(needed)}, ` +
          `free ${mib(free)}, of which ${mib(others)} are reserved by other jobs`,
      });
    }
    await writeLedger(relay.dir, { ...ledger, [folder]: bytes });
  });
}

/** Gives a job's reservation back. */
export async function unreserve(relay: RelayContext, job: JobRef): Promise<void> {
  const folder = jobPaths(relay, job).job;
  await forget(relay.dir, (one) => one !== folder);
}

/** Forgets reservations of jobs whose folder is gone; answers those folders. */
export async function forget(relayDir: string, keep: (folder: string) => boolean): Promise<string[]> {
  return withLock(`${ledgerFile(relayDir)}.lock`, async () => {
    const entries = Object.entries(await readLedger(relayDir));
    const gone = entries.filter(([folder]) => !keep(folder)).map(([folder]) => folder);
    if (gone.length > 0) {
      await writeLedger(relayDir, Object.fromEntries(entries.filter(([folder]) => keep(folder))));
    }
    return gone;
  });
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024).toLocaleString('en')} MiB`;
}
