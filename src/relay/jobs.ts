import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRef } from '../model/job.js';
import { jobsFolder } from './paths.js';
import type { RelayContext } from './types.js';

/** Every job that has a folder on the relay, in the order of names and numbers. */
export async function listJobs(relay: RelayContext): Promise<JobRef[]> {
  const root = jobsFolder(relay);
  const jobs: JobRef[] = [];
  for (const migration of await foldersIn(root)) {
    for (const server of await foldersIn(join(root, migration))) {
      for (const number of await foldersIn(join(root, migration, server))) {
        if (/^[1-9]\d*$/.test(number)) jobs.push({ migration, server, number: Number(number) });
      }
    }
  }
  return jobs;
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
