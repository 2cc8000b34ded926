import { pollUntil } from '../../../activities/support/poll.js';
import type { MigrationResult } from '../../../src/model/job.js';

/** Under emulation, beside others, a sync may take long. */
const DEADLINE_MS = 3_600_000;
/** A login costs an emulated machine a second of its processor. */
const EVERY_MS = 3_000;

/**
 * Asks until an answer is not null, for as long as the migration goes on. A machine under load may not answer in time:
 * that is no answer, and told where none comes any more.
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
  let failure = '';
  void migrating.then(
    ({ result }) => {
      const ends = result.servers.map(({ name, status, error }) => ({ name, status, error }));
      ended.abort(new Error(`the migration ended without ${what}: ${JSON.stringify(ends)} ${failure}`));
    },
    (error: unknown) => {
      ended.abort(error);
    },
  );
  return pollUntil(EVERY_MS, AbortSignal.any([ended.signal, AbortSignal.timeout(DEADLINE_MS)]), () =>
    ask().catch((error: unknown) => {
      failure = `(last asked: ${String(error)})`;
      return null;
    }),
  );
}
