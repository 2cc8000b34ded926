/** The folders that jobs of a relay lie in: an inventory may name others than the worker's own. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import { readIfExists, writeAtomically } from './files.js';
import { withLock } from './lock.js';

/** Remembers that jobs of the relay lie in a folder, for metrics, and also for the worker that comes after this one. */
export async function rememberFolder(home: string, folder: string): Promise<void> {
  if ((await read(home)).includes(folder)) return;
  try {
    await withLock(`${file(home)}.lock`, async () => {
      await writeAtomically(file(home), JSON.stringify([...new Set([...(await read(home)), folder])]));
    });
  } catch (error) {
    // The worker's own disk is full, and not the one that the job is on: it can do without its metrics.
    if (!(error instanceof FleetliftError) || error.code !== 'E-RELAY-FULL') throw error;
  }
}

/** Folders with jobs of the relay; its worker's own where there was no job yet. */
export async function knownFolders(home: string): Promise<readonly string[]> {
  const known: string[] = [];
  for (const folder of await read(home)) if (await isThere(folder)) known.push(folder);
  return known.length === 0 ? [home] : known;
}

async function read(home: string): Promise<readonly string[]> {
  const text = await readIfExists(file(home));
  return text === null ? [] : (JSON.parse(text) as string[]);
}

async function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  );
}

function file(home: string): string {
  return join(home, 'folders.json');
}
