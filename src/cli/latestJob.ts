import type { Client } from '@temporalio/client';
import type { CommandContext } from './context.js';
import { allJobs } from './allJobs.js';
import { isJobId, parseJob } from './jobNames.js';
import { FINAL_STATUSES } from '../model/job.js';
import { sayWhich, usageError } from './usageError.js';

/**
 * Id of a server's latest job, by its name, open ones before all others; an id of a job is taken as it is.
 *
 * @throws E-USAGE where there is none, or the name stands in several migrations (with the list).
 */
export async function latestJob(
  context: CommandContext,
  client: Client | null,
  server: string,
): Promise<string> {
  if (isJobId(server)) return server;
  const { migration } = context.globals;
  const known = (await allJobs(context, client)).filter(
    (job) => job.server === server && (migration === undefined || job.migration === migration),
  );
  const open = known.filter(({ status }) => !FINAL_STATUSES.some((final) => final === status));
  const jobs = open.length > 0 ? open : known;
  const migrations = [...new Set(jobs.map((job) => job.migration))];
  if (migrations.length > 1) {
    throw usageError(
      `"${server}" stands in several migrations: ${migrations.join(', ')}`,
      sayWhich(migrations),
    );
  }
  const [latest] = jobs.sort((a, b) => parseJob(b.job).number - parseJob(a.job).number);
  if (latest === undefined) {
    throw usageError(`no job of a server "${server}" is known`, 'fleetlift jobs list');
  }
  return latest.job;
}
