/** Longest pause between two attempts. */
const MAXIMUM_MS = 10 * 60_000;

/** Pause before the next attempt: doubled with each failure, from the inventory's `retry.initialInterval`. */
export function backoffMs(initialMs: number, failures: number): number {
  return Math.min(MAXIMUM_MS, initialMs * 2 ** Math.max(0, failures - 1));
}
