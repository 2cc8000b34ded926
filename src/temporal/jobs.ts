import type { Client, WorkflowHandle } from '@temporalio/client';
import type { JobStep, Progress } from '../model/job.js';
import type { Operation } from '../model/operations.js';
import type { CommandAnswer, JobInput, OperateOptions, ServerSummary } from '../model/messages.js';
import { jobStatusQuery, operateUpdate, searchAttributes } from '../../workflows/messages.js';
import { isNotFound } from './failures.js';
import { listWorkflows } from './listWorkflows.js';
import { ourPayload } from './ourPayload.js';
import { stepProgress } from './stepProgress.js';
import { askUpdate } from './updates.js';
import { workflowInput } from './workflowInput.js';

export interface KnownJob {
  readonly job: string;
  readonly migration: string;
  readonly wave: string;
  readonly server: string;
  readonly status: string;
  readonly step: string | null;
  readonly startedAt: string;
}

/** Attempts of one workflow task after which it is no longer a restart that is in the way. */
const STUCK_ATTEMPTS = 3;

/** What a job's running activities told last of its step, by heartbeat; null: nothing yet. */
export async function jobProgress(client: Client, job: string, step: JobStep): Promise<Progress | null> {
  const { raw } = await client.workflow.getHandle(job).describe();
  if ((raw.pendingWorkflowTask?.attempt ?? 0) >= STUCK_ATTEMPTS) {
    return { step, detail: 'stuck by a defect of fleetlift: see the log of the service' };
  }
  const told = await Promise.all((raw.pendingActivities ?? []).map((one) => heartbeat(client, job, one)));
  return stepProgress(told, step);
}

/** A job's full record; null: Temporal does not know it any more. */
export async function queryJob(client: Client, job: string): Promise<ServerSummary | null> {
  try {
    return await client.workflow.getHandle(job).query(jobStatusQuery);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** What a job was started with; null: Temporal does not know it any more. */
export async function jobInput(client: Client, job: string): Promise<JobInput | null> {
  try {
    return (await workflowInput(client, job)) as JobInput | null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Asks an operation of a job, which answers at once; null: the job is not open. */
export async function operateJob(
  client: Client,
  job: string,
  operation: Operation,
  options: OperateOptions = {},
): Promise<CommandAnswer | null> {
  return askUpdate(client, job, operateUpdate, operation, options);
}

/** The jobs that Temporal knows. */
export async function listJobs(client: Client): Promise<KnownJob[]> {
  const jobs: KnownJob[] = [];
  for await (const info of listWorkflows(client, "WorkflowType = 'jobWorkflow'")) {
    const attributes = info.typedSearchAttributes;
    jobs.push({
      job: info.workflowId,
      migration: attributes.get(searchAttributes.migration) ?? '',
      wave: attributes.get(searchAttributes.wave) ?? '',
      server: attributes.get(searchAttributes.server) ?? '',
      // A job that was ended from outside still carries the status it had.
      status:
        info.status.name === 'TERMINATED'
          ? 'Cancelled'
          : (attributes.get(searchAttributes.status) ?? 'Ready'),
      step: attributes.get(searchAttributes.step) ?? null,
      startedAt: info.startTime.toISOString(),
    });
  }
  return jobs;
}

type PendingActivity = NonNullable<
  Awaited<ReturnType<WorkflowHandle['describe']>>['raw']['pendingActivities']
>[number];

/** Somebody else's heartbeat tells nothing of the job. */
function heartbeat(client: Client, job: string, activity: PendingActivity): Promise<unknown> {
  return ourPayload(client, job, activity.activityId ?? '', activity.heartbeatDetails?.payloads);
}
