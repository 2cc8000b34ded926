import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until the answer is neither null nor false.
 * @param what - Completes “waited 30 s for …” in the error at the deadline.
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | null | false>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await delay(100);
  }
}
