import type { Client } from '@temporalio/client';
import type { CommandAnswer, OperateOptions, ServerSummary } from '../model/messages.js';
import { FINAL_STATUSES } from '../model/job.js';
import { judgeOperation, type Operation } from '../model/operations.js';
import { deleteEnded } from './deleteEnded.js';

/** Asks an operation of one server: of its job, of the migration where there is none yet, of the relay where it has ended. */
export async function operateServer(
  client: Client,
  migration: string,
  { operation, options = {} }: { readonly operation: Operation; readonly options?: OperateOptions },
  server: ServerSummary,
): Promise<CommandAnswer> {
  if (!FINAL_STATUSES.includes(server.status)) {
    const { operateJob } = await import('../temporal/jobs.js');
    const answer = await operateJob(client, server.job, operation, options);
    if (answer !== null) return answer;
    const { operateServer: operateUnstarted } = await import('../temporal/migrations.js');
    const unstarted = await operateUnstarted(client, migration, operation, server.name);
    if (unstarted !== null) return unstarted;
  }
  const judgement = judgeOperation(operation, server.name, { ...server, pausing: false });
  if (!judgement.accepted || operation !== 'delete') return { ...judgement, accepted: false };
  await deleteEnded(client, server.job);
  return judgement;
}
