/** Runs work that Ctrl-C or SIGTERM shall only leave, not break off; the handlers live as long as the work. */
export async function withInterrupt<T>(work: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.removeListener(signal, abort);
  }
}
