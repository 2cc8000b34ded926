/** What metrics ask of Temporal at each scrape. */
import type { Client } from '@temporalio/client';
import { delay } from '../delay.js';
import type { MigrationFigures } from '../model/figures.js';
import { ORCHESTRATOR_QUEUE, relayQueue } from '../model/job.js';
import { migrationFiguresQuery } from '../../workflows/messages.js';
import { isNotFound } from './failures.js';
import { listWorkflows } from './listWorkflows.js';
import { pollersOf } from './pollers.js';

const OPEN_MIGRATIONS = "WorkflowType = 'migrationWorkflow' AND ExecutionStatus = 'Running'";
/**
 * Prometheus gives up after 10 s by default: a migration without an answer must not cost it the others. One whose worker
 * has just started is replayed first.
 */
const MIGRATION_MS = 4_000;
const TEMPORAL_MS = 2_000;

/** How the open migrations stand, with the names of those that gave no answer. */
export async function askMigrations(
  client: Client,
): Promise<{ figures: MigrationFigures[]; silent: string[] }> {
  const ids = await within(client, TEMPORAL_MS, () => openMigrations(client));
  const answers = await Promise.all([...ids].map((id) => askMigration(client, id)));
  return {
    figures: answers.flatMap((answer) => (typeof answer === 'string' ? [] : (answer ?? []))),
    silent: answers.filter((answer) => typeof answer === 'string'),
  };
}

/** One that goes on in a new run is listed twice for a moment. */
async function openMigrations(client: Client): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { workflowId } of listWorkflows(client, OPEN_MIGRATIONS)) ids.add(workflowId);
  return ids;
}

/** Its id where it gives no answer; null where it is over. */
async function askMigration(client: Client, id: string): Promise<MigrationFigures | string | null> {
  try {
    return await within(client, MIGRATION_MS, () =>
      client.workflow.getHandle(id).query(migrationFiguresQuery),
    );
  } catch (error) {
    return isNotFound(error) ? null : id;
  }
}

/** How many workers ask for work on the queues of the orchestrators and of the relays that migrations need. */
export async function countWorkers(
  client: Client,
  figures: readonly MigrationFigures[],
): Promise<Map<string, number>> {
  const relays = figures.flatMap((migration) => migration.relays.map(({ name }) => relayQueue(name)));
  const queues = [...new Set([ORCHESTRATOR_QUEUE, ...relays])];
  const counts = queues.map(async (queue) => {
    const { workflowService, options } = client;
    const pollers = await within(client, TEMPORAL_MS, () =>
      pollersOf(workflowService, options.namespace, queue),
    );
    return [queue, pollers.length] as const;
  });
  return new Map(await Promise.all(counts));
}

/** The native connection of a worker repeats calls past their deadline, as long as Temporal is away. */
async function within<T>(client: Client, ms: number, ask: () => Promise<T>): Promise<T> {
  const answered = new AbortController();
  const tooLate = delay(ms, answered.signal).then((): never => {
    throw new Error(`no answer of Temporal within ${ms / 1000} s`);
  });
  try {
    return await Promise.race([client.withDeadline(Date.now() + ms, ask), tooLate]);
  } finally {
    answered.abort();
  }
}
