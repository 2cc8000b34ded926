/** What a process works on: the agreement with src/worker.ts. */
export interface WorkersOptions {
  address: string;
  namespace: string;
  stateDir: string;
  orchestrator: boolean;
  relays: { name: string; dir: string; slots: number | null }[];
  metricsPort: number | null;
}

/** Loads the worker only where one is run: it brings Temporal's native runtime along. */
export async function loadRunWorkers(): Promise<
  (options: WorkersOptions, signal: AbortSignal) => Promise<void>
> {
  const worker = (await import(new URL('../worker.js', import.meta.url).href)) as {
    runWorkers: (options: WorkersOptions, signal: AbortSignal) => Promise<void>;
  };
  return worker.runWorkers;
}
