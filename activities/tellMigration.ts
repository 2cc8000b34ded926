import { ApplicationFailure } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { countSteps } from '../src/metrics/events.js';
import type { StepNews } from '../src/model/figures.js';
import type { ServerSummary } from '../src/model/messages.js';
import { isNotFound } from '../src/temporal/failures.js';
import { serverChangedSignal } from '../workflows/messages.js';

/**
 * Tells a migration how a server stands, and counts what has become of its steps: after the word has arrived, so that one
 * that is said again is counted once.
 *
 * @returns false: there is no such migration, or it has ended.
 * @throws ApplicationFailure that Temporal repeats, for whatever else is in the way
 */
export async function tellMigration(
  client: Client,
  migration: string,
  summary: ServerSummary,
  news: StepNews,
): Promise<boolean> {
  const arrived = await signalMigration(client, migration, summary);
  countSteps(news);
  return arrived;
}

async function signalMigration(client: Client, migration: string, summary: ServerSummary): Promise<boolean> {
  try {
    await client.workflow.getHandle(migration).signal(serverChangedSignal, summary);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw ApplicationFailure.fromError(error, { nonRetryable: false });
  }
}
