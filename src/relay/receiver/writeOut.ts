import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toolEnvironment } from '../../toolEnvironment.js';

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
