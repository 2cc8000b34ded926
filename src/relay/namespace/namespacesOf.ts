import { readdir } from 'node:fs/promises';
import type { JobPaths } from '../paths.js';

/** Names of the namespaces that the job has or had. */
export async function namespacesOf(paths: Pick<JobPaths, 'work'>): Promise<string[]> {
  try {
    const names = await readdir(paths.work);
    return names
      .filter((name) => name.endsWith('.namespace'))
      .map((name) => name.slice(0, -'.namespace'.length));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
