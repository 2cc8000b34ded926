import { CancellationScope, isCancellation } from '@temporalio/workflow';

/**
 * Runs work while an activity holds what it needs on the source; where that fails, the work is broken off with its
 * failure.
 * @param hold - Goes on until it is cancelled.
 * @param work - Told how to end the holding: what is held stays so for minutes by itself.
 */
export async function whileHeld<T>(
  hold: () => Promise<void>,
  work: (letGo: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const main = new CancellationScope();
  const holding = new CancellationScope();
  const held: { failure: Error | null } = { failure: null };
  const ended = holding.run(hold).catch((error: unknown) => {
    if (isCancellation(error)) return;
    held.failure = error instanceof Error ? error : new Error(String(error));
    main.cancel();
  });
  const letGo = (): Promise<void> => {
    holding.cancel();
    return CancellationScope.nonCancellable(() => ended);
  };
  try {
    return await main.run(() => work(letGo));
  } catch (error) {
    if (held.failure === null || !isCancellation(error)) throw error;
    throw held.failure;
  } finally {
    await letGo();
  }
}
