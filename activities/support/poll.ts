import { delay } from '../../src/delay.js';

/**
 * Asks again and again until an answer is not null. An aborted signal ends it with the signal's reason.
 * @param everyMs - Milliseconds between an answer and the next question.
 */
export async function pollUntil<T>(
  everyMs: number,
  signal: AbortSignal,
  ask: () => Promise<T | null>,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== null) return answer;
    await delay(everyMs, signal);
  }
}
