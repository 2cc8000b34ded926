/**
 * Runs two pieces of work at once. Where one fails the other is aborted, and awaited before that failure is thrown, so
 * that nothing goes on behind the caller's back.
 *
 * @throws what failed first
 */
export async function sideBySide<A, B>(
  outer: AbortSignal | undefined,
  one: (signal: AbortSignal) => Promise<A>,
  other: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const failed = new AbortController();
  const signal = outer === undefined ? failed.signal : AbortSignal.any([outer, failed.signal]);
  const run = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await work(signal);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const [a, b] = await Promise.allSettled([run(one), run(other)]);
  if (a.status === 'rejected' || b.status === 'rejected') throw failed.signal.reason;
  return [a.value, b.value];
}
