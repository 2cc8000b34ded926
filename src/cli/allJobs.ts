import type { Client } from '@temporalio/client';
import type { KnownJob } from '../temporal/jobs.js';
import type { CommandContext } from './context.js';

/** Every job that Temporal or a result file knows, sorted by id; of one that both know the file tells the end. */
export async function allJobs({ layout }: CommandContext, client: Client | null): Promise<KnownJob[]> {
  const { readAllResults } = await import('../state/results.js');
  const jobs = new Map<string, KnownJob>();
  if (client !== null) {
    const { listJobs } = await import('../temporal/jobs.js');
    for (const job of await listJobs(client)) jobs.set(job.job, job);
  }
  for (const result of readAllResults(layout)) {
    const { job, migration, wave, name: server, status, step, startedAt = '' } = result;
    jobs.set(job, { job, migration, wave, server, status, step, startedAt });
  }
  return [...jobs.values()].sort((a, b) => a.job.localeCompare(b.job, 'en', { numeric: true }));
}
