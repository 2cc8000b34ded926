import { delay } from '../../src/delay.js';

/**
 * Asks again and again until an answer is not null. An aborted signal ends it with the signal's reason.
 * @param everyMs - Milliseconds between two questions, or a function of those that have passed.
 */
export async function pollUntil<T>(
  everyMs: number | ((passedMs: number) => number),
  signal: AbortSignal,
  ask: () => Promise<T | null>,
): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== null) return answer;
    const pauseMs = typeof everyMs === 'number' ? everyMs : everyMs(performance.now() - startedMs);
    await delay(pauseMs, signal);
  }
}
