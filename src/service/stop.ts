import type { StateLayout } from '../state/layout.js';
import { endProcess, isAlive } from './processes.js';
import { readEndpoint, readTemporalRecord, removeEndpoint } from './records.js';

/** Workers get 30 s to hand their work back, then Temporal 10 s. */
const STOP_MS = 50_000;

export type StopOutcome = 'stopped' | 'killed' | 'not-running';

/** Stops the embedded service and whatever a killed one left running. */
export async function stopService(layout: StateLayout): Promise<StopOutcome> {
  const endpoint = readEndpoint(layout);
  const clean = endpoint === null ? null : await endProcess(endpoint, STOP_MS);
  const temporal = readTemporalRecord(layout);
  const leftover = temporal !== null && isAlive(temporal);
  if (leftover) await endProcess(temporal, 10_000);
  removeEndpoint(layout);
  if (clean === null) return leftover ? 'killed' : 'not-running';
  return clean ? 'stopped' : 'killed';
}
