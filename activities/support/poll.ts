import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until an answer is not null. An aborted signal ends it with the signal's reason. */
export async function pollUntil<T>(
  everyMs: number,
  signal: AbortSignal,
  ask: () => Promise<T | null>,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== null) return answer;
    await sleep(everyMs, undefined, { signal });
  }
}
