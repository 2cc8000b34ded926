/** What metrics ask of Temporal at each scrape. */
import type { Client } from '@temporalio/client';
import { delay } from '../delay.js';
import type { MigrationFigures } from '../model/figures.js';
import { ORCHESTRATOR_QUEUE, relayQueue } from '../model/job.js';
import { migrationFiguresQuery } from '../../workflows/messages.js';
import { isNotFound } from './failures.js';
import { listWorkflows } from './listWorkflows.js';
import { pollersOf } from './pollers.js';

/** So long is told how a migration ended: its last server and its end are mostly one moment. */
const ENDED_MS = 3_600_000;
/**
 * Prometheus gives up after 10 s by default: a migration without an answer must not cost it the others. One whose worker
 * has just started is replayed first.
 */
const MIGRATION_MS = 4_000;
const TEMPORAL_MS = 2_000;

/** How migrations stand, with the ids of those that gave no answer. */
export interface Migrations {
  readonly open: readonly MigrationFigures[];
  /** Those that ended in the last hour and were not begun anew. */
  readonly ended: readonly MigrationFigures[];
  readonly silent: readonly string[];
}

/**
 * Asks migrations how they stand. What ended stays as it is, and costs a replay to ask: it is asked once by each that is
 * made here, not at each scrape.
 */
export function migrationsAsker(client: Client): () => Promise<Migrations> {
  let known = new Map<string, MigrationFigures>();
  return async () => {
    const listed = await within(client, TEMPORAL_MS, () => listMigrations(client));
    const asked = listed.map(async (one) => ({
      ...one,
      answer: known.get(one.runId) ?? (await askMigration(client, one)),
    }));
    const open: MigrationFigures[] = [];
    const ended = new Map<string, MigrationFigures>();
    const silent: string[] = [];
    for (const { id, runId, isOpen, answer } of await Promise.all(asked)) {
      if (answer === 'no answer') silent.push(id);
      else if (answer === 'not kept') continue;
      else if (isOpen) open.push(answer);
      else ended.set(runId, answer);
    }
    known = ended;
    return { open, ended: [...ended.values()], silent };
  };
}

interface Listed {
  readonly id: string;
  readonly runId: string;
  readonly isOpen: boolean;
}

/** The latest run of each: one that went on in a new run, or was begun anew, is listed with both. */
async function listMigrations(client: Client): Promise<Listed[]> {
  const since = new Date(Date.now() - ENDED_MS).toISOString();
  const ended = `ExecutionStatus = 'Completed' AND CloseTime > '${since}'`;
  const query = `WorkflowType = 'migrationWorkflow' AND (ExecutionStatus = 'Running' OR ${ended})`;
  const latest = new Map<string, Listed & { readonly startedMs: number }>();
  for await (const { workflowId: id, runId, status, startTime } of listWorkflows(client, query)) {
    const startedMs = startTime.getTime();
    if ((latest.get(id)?.startedMs ?? -Infinity) > startedMs) continue;
    latest.set(id, { id, runId, isOpen: status.name === 'RUNNING', startedMs });
  }
  return [...latest.values()];
}

/** One that is open may go on in a new run meanwhile, and is asked by its id alone. */
async function askMigration(
  client: Client,
  { id, runId, isOpen }: Listed,
): Promise<MigrationFigures | 'no answer' | 'not kept'> {
  const handle = client.workflow.getHandle(id, isOpen ? undefined : runId);
  try {
    return await within(client, MIGRATION_MS, () => handle.query(migrationFiguresQuery));
  } catch (error) {
    return isNotFound(error) ? 'not kept' : 'no answer';
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
