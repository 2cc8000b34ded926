import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';

/**
 * Writes a file so that a reader, also one after a crash, sees the old content or the new, and never a part.
 *
 * @throws FleetliftError E-RELAY-FULL where not even this file has room
 */
export async function writeAtomically(file: string, content: string, mode = 0o600): Promise<void> {
  const temporary = `${file}.${randomUUID()}.new`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new FleetliftError('E-RELAY-FULL', {
      message: `no space is left in ${dirname(file)}`,
      cause: error,
    });
  }
}

/** Content of a text file; null where there is none. */
export async function readIfExists(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
