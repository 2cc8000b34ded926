import { delay } from '../delay.js';

export interface UntilOptions {
  /** Milliseconds until the wait is given up. */
  readonly deadlineMs: number;
  /** Milliseconds between two looks; default 20. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Looks again and again until `condition` holds; false where it did not before the deadline. */
export async function until(condition: () => Promise<boolean>, options: UntilOptions): Promise<boolean> {
  const end = Date.now() + options.deadlineMs;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() >= end) return false;
    await delay(options.everyMs ?? 20, options.signal);
  }
}
