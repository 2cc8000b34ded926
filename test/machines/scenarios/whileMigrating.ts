import { pollUntil } from '../../../activities/support/poll.js';
import type { MigrationResult } from '../../../src/model/job.js';

/** Under emulation, beside others, a sync may take long. */
const DEADLINE_MS = 3_600_000;

/**
 * Asks until an answer is not null, for as long as the migration goes on.
 * @param migrating - what `Fleetlift.migrate` gives
 * @param what - completes “the migration ended without …”
 * @throws Error with the servers' ends where the migration ends first
 */
export async function whileMigrating<T>(
  migrating: Promise<{ readonly result: MigrationResult }>,
  what: string,
  ask: () => Promise<T | null>,
): Promise<T> {
  const ended = new AbortController();
  void migrating.then(
    ({ result }) => {
      const ends = result.servers.map(({ name, status, error }) => ({ name, status, error }));
      ended.abort(new Error(`the migration ended without ${what}: ${JSON.stringify(ends)}`));
    },
    (error: unknown) => {
      ended.abort(error);
    },
  );
  return pollUntil(500, AbortSignal.any([ended.signal, AbortSignal.timeout(DEADLINE_MS)]), ask);
}
