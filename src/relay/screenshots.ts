import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Screenshot } from '../model/activities.js';
import type { JobRef } from '../model/job.js';
import { jobPaths } from './paths.js';
import type { RelayContext } from './types.js';

/** An answer of Temporal's has at most 2 MB, base64 makes a third more of it, and a job has two boots. */
const LARGEST_BYTES = 600 * 1024;

/** The screenshots of a job's boots; none where it has no folder any more. */
export async function readJobScreenshots(relay: RelayContext, job: JobRef): Promise<Screenshot[]> {
  const { boot } = jobPaths(relay, job);
  const firmwares = await unlessGone(readdir(boot), []);
  const shots = await Promise.all(
    firmwares.sort().map(async (firmware) => {
      const path = join(boot, firmware, 'screenshot.png');
      const size = (await unlessGone(stat(path), null))?.size ?? Infinity;
      return size > LARGEST_BYTES ? null : { path, content: await readFile(path, 'base64') };
    }),
  );
  return shots.filter((shot) => shot !== null);
}

/** What a promise gives; a substitute where it fails since what it asks for is not there. */
async function unlessGone<T, U>(promise: Promise<T>, substitute: U): Promise<T | U> {
  try {
    return await promise;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return substitute;
    throw error;
  }
}
