import type { Client } from '@temporalio/client';
import { delay } from '../delay.js';
import { FINAL_STATUSES } from '../model/job.js';
import type { CommandAnswer, OperateOptions, ServerSummary } from '../model/messages.js';
import { judgeOperation, type Operation } from '../model/operations.js';
import { deleteEnded } from './deleteEnded.js';

interface Asked {
  readonly operation: Operation;
  readonly options?: OperateOptions;
}

/** A job that is being started answers after this long at the latest. */
const START_MS = 10_000;
const POLL_MS = 200;

/** Asks an operation of one server: of its job, of the migration where there is none yet, of the relay where it has ended. */
export async function operateServer(
  client: Client,
  migration: string,
  asked: Asked,
  server: ServerSummary,
): Promise<CommandAnswer> {
  const answer = await askWhatIsOpen(client, migration, asked, server);
  if (answer !== null) return answer;
  const { operation } = asked;
  const ended = await asItEnded(client, migration, server);
  const judgement = judgeOperation(operation, server.name, { ...ended, pausing: false });
  if (!judgement.accepted || operation !== 'delete') return { ...judgement, accepted: false };
  await deleteEnded(client, ended);
  return judgement;
}

/** What is asked may have ended since the operator looked at it. */
async function asItEnded(client: Client, migration: string, server: ServerSummary): Promise<ServerSummary> {
  if (FINAL_STATUSES.includes(server.status)) return server;
  const { queryMigration } = await import('../temporal/migrations.js');
  const status = await queryMigration(client, migration);
  return status?.servers.find(({ job }) => job === server.job) ?? server;
}

/** Asks the job, else the migration; null: neither is open any more, or the job has ended. */
async function askWhatIsOpen(
  client: Client,
  migration: string,
  { operation, options = {} }: Asked,
  { name, job, status }: ServerSummary,
): Promise<CommandAnswer | null> {
  const isFinal = FINAL_STATUSES.includes(status);
  // Final for its migration, an expired job holds all it made until it is deleted.
  if (isFinal && status !== 'Expired') return null;
  const { operateJob } = await import('../temporal/jobs.js');
  const { operateServer: operateUnstarted } = await import('../temporal/migrations.js');
  const startedMs = performance.now();
  for (;;) {
    const answer = await operateJob(client, job, operation, options);
    if (answer !== null || isFinal) return answer;
    const unstarted = await operateUnstarted(client, migration, operation, name);
    if (unstarted === 'the migration is over' || unstarted === 'its job has ended') return null;
    if (unstarted !== 'its job has started') return unstarted;
    if (performance.now() - startedMs > START_MS) {
      return { accepted: false, message: `${name} is being started: type the command again` };
    }
    await delay(POLL_MS);
  }
}
