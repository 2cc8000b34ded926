import { statfs } from 'node:fs/promises';
import { formatBytes } from '../console/units.js';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { StateLayout } from '../state/layout.js';

/** Below this the database of the embedded Temporal, which writes in pages and a WAL, may fail any moment. */
const NEARLY_FULL_BYTES = 16 * 1024 * 1024;

type StatFolder = (dir: string) => Promise<{ bavail: number; bsize: number }>;

/**
 * What an operator can do where Temporal answered a command with a failure of its own, as it does when its disk is
 * full; every other error as it is. The error is known by its name, so that help and usage load no client.
 */
export async function explainServiceFailure(
  error: unknown,
  layout: StateLayout,
  statFolder: StatFolder = statfs,
): Promise<unknown> {
  if (!(error instanceof Error) || error.name !== 'ServiceError') return error;
  const freeBytes = await freeBytesOf(layout.dir, statFolder);
  if (freeBytes !== null && freeBytes < NEARLY_FULL_BYTES) {
    return new FleetliftError('E-STATE-DIR', {
      message: `the disk of ${layout.dir} is full (${formatBytes(freeBytes)} free): Temporal cannot write to its database there`,
      remedy: `free space for ${layout.dir}, then give the same command again: what runs goes on by itself`,
      cause: error,
    });
  }
  const detail = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return new FleetliftError('E-TEMPORAL', { message: `${error.message}${detail}`, cause: error });
}

/** Null where there is no such folder: an operator's machine need not have one. */
async function freeBytesOf(dir: string, statFolder: StatFolder): Promise<number | null> {
  try {
    const { bavail, bsize } = await statFolder(dir);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
