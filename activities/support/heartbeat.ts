import { Context } from '@temporalio/activity';
import type { Progress } from '../../src/model/job.js';

/** Temporal's own throttle passes about one in two of these; a dead worker is noticed after 20 s without any. */
const HEARTBEAT_MS = 2_000;

export interface Reporter {
  /** Cancelled when the workflow gives the activity up or the worker shuts down. */
  readonly signal: AbortSignal;
  /** Sets what the next heartbeats tell. */
  readonly report: (progress: Progress) => void;
}

/** Runs long work of an activity while its progress goes out as heartbeats. */
export async function withHeartbeat<T>(
  first: Progress,
  work: (reporter: Reporter) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let progress = first;
  context.heartbeat(progress);
  const timer = setInterval(() => context.heartbeat(progress), HEARTBEAT_MS);
  try {
    return await work({
      signal: context.cancellationSignal,
      report: (next) => {
        progress = next;
      },
    });
  } finally {
    clearInterval(timer);
  }
}
