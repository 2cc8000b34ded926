import { setTimeout as wait } from 'node:timers/promises';

/** Waits so many milliseconds; an aborted signal ends it with the signal's own reason, not with one that wraps it. */
export async function delay(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}
