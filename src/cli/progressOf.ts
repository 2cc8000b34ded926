import type { Client } from '@temporalio/client';
import type { Progress } from '../model/job.js';
import type { MigrationStatus } from '../model/messages.js';

/** Servers asked for their progress at a time; more would not fit a screen. */
const ASKED_AT_ONCE = 50;

/** What the running servers of a migration told last, by name. */
export async function progressOf(client: Client, status: MigrationStatus): Promise<Map<string, Progress>> {
  const [{ jobProgress }, { isNotFound }] = await Promise.all([
    import('../temporal/jobs.js'),
    import('../temporal/failures.js'),
  ]);
  const running = status.servers.filter((server) => server.status === 'Running').slice(0, ASKED_AT_ONCE);
  const told = await Promise.all(
    running.map(async ({ name, job, step }) => {
      try {
        const progress = step === null ? null : await jobProgress(client, job, step);
        return progress === null ? null : ([name, progress] as const);
      } catch (error) {
        // It ended between the two questions.
        if (isNotFound(error)) return null;
        throw error;
      }
    }),
  );
  return new Map(told.filter((one) => one !== null));
}
