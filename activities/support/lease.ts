/** What a source keeps for us as long as it is asked to, and undoes by itself else. */
import { log } from '@temporalio/activity';
import { FleetliftError } from '../../src/errors/FleetliftError.js';
import { pollUntil } from './poll.js';

/** How often more time is asked for. */
const HOLD_MS = 20_000;

export interface Lease {
  readonly server: string;
  /** Unless more time is asked for, the source undoes it after this long. */
  readonly seconds: number;
  /** Asks for more time. */
  readonly renew: () => Promise<void>;
  /** Whether a failure of that says that it is over already; else the source was not reached. */
  readonly isOver: (error: FleetliftError) => boolean;
  /** The error where the source was not reached for so long that it is over now. */
  readonly lost: (cause: unknown) => FleetliftError;
}

/**
 * Asks for more time again and again, until it is cancelled. A source that is not reached is tried again for as long as
 * it keeps what it has by itself.
 * @throws FleetliftError that says that it is over, or the one of {@link Lease.lost}
 */
export async function keepLease(lease: Lease, signal: AbortSignal): Promise<void> {
  let askedAtMs = Date.now();
  await pollUntil(HOLD_MS, signal, async () => {
    try {
      const asking = Date.now();
      await lease.renew();
      askedAtMs = asking;
    } catch (error) {
      if (error instanceof FleetliftError && lease.isOver(error)) throw error;
      signal.throwIfAborted();
      if (Date.now() - askedAtMs > lease.seconds * 1000) throw lease.lost(error);
      log.warn('the source is not reached while it keeps something for us', { server: lease.server, error });
    }
    return null;
  });
}
