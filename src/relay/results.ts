import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRef, ServerResult } from '../model/job.js';
import { writeAtomically } from './files.js';
import { jobPaths } from './paths.js';
import type { RelayContext } from './types.js';

/**
 * Writes `result.json` into the job's folder; a job that left nothing on this relay gets none.
 * @param beside writes what else is to be kept there
 */
export async function keepResult(
  relay: RelayContext,
  job: JobRef,
  result: ServerResult,
  beside?: (relay: RelayContext) => Promise<void>,
): Promise<void> {
  const { job: folder } = jobPaths(relay, job);
  try {
    await access(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await beside?.(relay);
  await writeAtomically(join(folder, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
}
