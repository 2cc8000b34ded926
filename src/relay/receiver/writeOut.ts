import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toolEnvironment } from '../../toolEnvironment.js';
import type { ReceiverSettings } from './layout.js';

/**
 * Tells when a transfer is to be written out, for one who asks often. Written out all along, a pass that ends is soon
 * settled, and a crash or a full disk costs little.
 *
 * @param wireBytes - what has come in so far
 * @param now - milliseconds of any clock that only goes forward
 */
export function writeOutSchedule(
  every: ReceiverSettings['writeOut'],
  wireBytes: () => number,
  now: () => number,
): () => boolean {
  let lastMs = now();
  let lastBytes = wireBytes();
  return () => {
    if (now() - lastMs < every.ms && wireBytes() - lastBytes < every.bytes) return false;
    lastMs = now();
    lastBytes = wireBytes();
    return true;
  };
}

/**
 * Writes the replica's filesystems out; answers what went wrong, null: nothing. The kernel tells an error once: whoever
 * is told here must keep it.
 */
export async function writeOut(job: string, holderPid: number): Promise<string | null> {
  const mnt = join(job, 'mnt');
  const targets = (await readdir(mnt)).map((name) => join(mnt, name));
  const enter = ['-t', String(holderPid), '-m', '-p', '--'];
  try {
    await promisify(execFile)('nsenter', [...enter, 'sync', '--file-system', ...targets], {
      env: toolEnvironment(),
    });
    return null;
  } catch (error) {
    return `received bytes could not be written out: ${error instanceof Error ? error.message : String(error)}`;
  }
}
