import type { Client } from '@temporalio/client';
import type { ServerResult } from '../model/job.js';
import { parseJob } from './jobNames.js';
import { usageError } from './usageError.js';

/**
 * Removes all that is kept of a job that has ended, on the relay that served it and here.
 * @throws E-USAGE where Temporal no longer knows its relay
 */
export async function deleteEnded(
  client: Client,
  { job, startedAt }: Pick<ServerResult, 'job' | 'startedAt'>,
): Promise<void> {
  const { jobInput } = await import('../temporal/jobs.js');
  const input = await jobInput(client, job);
  // One that was skipped before it started is on no relay.
  if (input === null && startedAt !== undefined) {
    throw usageError(
      `Temporal no longer knows ${job}, so its relay is not known`,
      `remove the folder jobs/${job.slice('job/'.length)} on the relay itself`,
    );
  }
  const { deleteEndedJob } = await import('../temporal/tasks.js');
  await deleteEndedJob(client, parseJob(job), input?.relay ?? null);
}
