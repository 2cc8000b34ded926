import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfExists, writeAtomically } from '../files.js';

/** Bytes reserved on a relay by job folder. */
export type Ledger = Readonly<Record<string, number>>;

/** Where the reservations of a relay stand. */
export function ledgerFile(relayDir: string): string {
  return join(relayDir, 'reservations.json');
}

export async function readLedger(relayDir: string): Promise<Ledger> {
  const text = await readIfExists(ledgerFile(relayDir));
  return text === null ? {} : (JSON.parse(text) as Ledger);
}

export async function writeLedger(relayDir: string, ledger: Ledger): Promise<void> {
  await writeAtomically(ledgerFile(relayDir), `${JSON.stringify(ledger, null, 1)}\n`);
}

/** What the other jobs were promised and have not taken yet, bytes. */
export async function promisedToOthers(ledger: Ledger, ownFolder: string): Promise<number> {
  let bytes = 0;
  for (const [folder, reserved] of Object.entries(ledger)) {
    if (folder !== ownFolder) bytes += Math.max(0, reserved - (await allocatedBytes(folder)));
  }
  return bytes;
}

/** Bytes that a job's big files take on the relay's disk (sparse files by what is allocated). */
export async function allocatedBytes(jobFolder: string): Promise<number> {
  let bytes = 0;
  for (const part of ['disks', 'images', 'boot', 'work'])
    bytes += await allocatedBelow(join(jobFolder, part));
  return bytes;
}

/** Bytes that the files below a folder take on their disk. */
export async function allocatedBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await allocatedBelow(path);
    else if (entry.isFile()) bytes += await allocatedByFile(path);
  }
  return bytes;
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function allocatedByFile(path: string): Promise<number> {
  try {
    return (await lstat(path)).blocks * 512;
  } catch (error) {
    if (isGone(error)) return 0;
    throw error;
  }
}

/** The job may be deleted while it is counted. */
function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
