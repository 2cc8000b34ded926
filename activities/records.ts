import type { Client } from '@temporalio/client';
import type { ServerResult } from '../src/model/job.js';
import type { StateLayout } from '../src/state/layout.js';
import { readResults, writeResult } from '../src/state/results.js';
import { isOpen } from '../src/temporal/isOpen.js';

/** Writes the result file of a job: what outlives Temporal's retention. */
export function recordResult(layout: StateLayout, migration: string, result: ServerResult): void {
  writeResult(layout, { ...result, migration });
}

/** Results of the latest jobs of a migration, one a server. */
export function earlierResults(layout: StateLayout, migration: string): ServerResult[] {
  return readResults(layout, migration).map(({ migration: _migration, ...result }) => result);
}

/** Which of these workflows are no longer running, however they ended; unknown ones count as closed. */
export async function findClosedJobs(client: Client, ids: readonly string[]): Promise<string[]> {
  const closed: string[] = [];
  for (const id of ids) {
    if (!(await isOpen(client, id))) closed.push(id);
  }
  return closed;
}
