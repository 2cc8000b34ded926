import { delay } from '../delay.js';

const INTERVAL_MS = 2_000;

/**
 * Asks again and again until an answer is there or the time is over: then the last answer stands.
 * @throws the signal's reason where it is aborted.
 */
export async function poll<T>(
  ask: () => Promise<{ readonly done: boolean; readonly value: T }>,
  timeoutMs: number,
  signal: AbortSignal,
  intervalMs = INTERVAL_MS,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { done, value } = await ask();
    const left = deadline - performance.now();
    if (done || left <= 0) return value;
    signal.throwIfAborted();
    await delay(Math.min(intervalMs, left), signal);
  }
}
