/**
 * Closes what a suite has open where it is interrupted, then exits with 130. The listeners stay: execa takes a process
 * whose last listener of a signal is its own for one that is to be killed by it.
 */
export function closeOnSignal(close: () => Promise<void>): void {
  let closing: Promise<void> | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      closing ??= close().finally(() => process.exit(130));
    });
  }
}
