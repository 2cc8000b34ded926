import type { Client, WorkflowExecutionStatusName } from '@temporalio/client';
import { FleetliftError } from '../errors/FleetliftError.js';
import { FINAL_STATUSES, migrationId } from '../model/job.js';
import type { MigrationStatus } from '../model/messages.js';
import { isNotFound } from './failures.js';

/** How a workflow ends that does not end by itself, in words. */
const ENDS: Partial<Record<WorkflowExecutionStatusName, string>> = {
  TERMINATED: 'was terminated',
  CANCELLED: 'was cancelled',
  FAILED: 'has failed',
  TIMED_OUT: 'has run out of time',
};

/**
 * What to tell whoever follows a migration whose workflow was ended before its servers were done, as anybody may do in
 * Temporal: it still answers as it stood then, for ever; null: it was not.
 */
export async function endedFromOutside(
  client: Client,
  { name, servers }: MigrationStatus,
): Promise<FleetliftError | null> {
  if (servers.every(({ status }) => FINAL_STATUSES.includes(status))) return null;
  const end = await howEnded(client, migrationId(name));
  if (end === null) return null;
  return new FleetliftError('E-MIGRATION-ENDED', {
    message: `the workflow ${migrationId(name)} ${end} in Temporal before all of its servers were done; their jobs go on without it`,
    remedy:
      `fleetlift jobs list --migration ${name}; once none runs, delete those that stand still ` +
      '(fleetlift jobs delete JOB), then give the same migrate again: what is finished stays finished',
  });
}

async function howEnded(client: Client, workflowId: string): Promise<string | null> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return ENDS[status.name] ?? null;
  } catch (error) {
    // Temporal has forgotten it since it was asked.
    if (isNotFound(error)) return null;
    throw error;
  }
}
