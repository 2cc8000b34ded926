import { FleetliftError } from '../errors/FleetliftError.js';
import type { Session } from './session.js';

/** After this long without an answer Temporal is connected to anew. */
const RECONNECT_MS = 3_000;
/** A service that restarts is back within seconds; after this long somebody must look. */
const GIVE_UP_MS = 5 * 60_000;

/**
 * Looks over the failure of one look where it may pass: Temporal and its workers may die and come back while somebody
 * watches.
 *
 * @param what - that was looked at, in the operator's words
 * @param silentMs - milliseconds since the last answer
 * @throws the error itself where it does not pass, E-TEMPORAL after five minutes
 */
export async function comeBack(
  session: Session,
  error: unknown,
  what: string,
  silentMs: number,
): Promise<void> {
  const { isPassing } = await import('../temporal/failures.js');
  if (!isPassing(error)) throw error;
  if (silentMs > GIVE_UP_MS) {
    throw new FleetliftError('E-TEMPORAL', {
      message: `no answer about ${what} for ${Math.round(silentMs / 60_000)} minutes: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'nothing is lost; see fleetlift doctor, then give the same command again',
      cause: error,
    });
  }
  if (silentMs > RECONNECT_MS) await session.reconnect();
}
