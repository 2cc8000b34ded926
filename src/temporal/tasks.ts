import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { LogEnds, LogRequest, LogText, Screenshot } from '../model/activities.js';
import type { Fleet, Relay } from '../model/fleet.js';
import { jobId, ORCHESTRATOR_QUEUE, type JobRef } from '../model/job.js';
import type { DrillResult, RelayAnswerToDoctor } from '../model/messages.js';

/** Preflight of every server; a drill of the same fleet that runs already is joined. */
export async function runDrill(client: Client, fleet: Fleet): Promise<DrillResult> {
  const handle = await client.workflow.start('drillWorkflow', {
    taskQueue: ORCHESTRATOR_QUEUE,
    workflowId: `drill/${fleet.name}`,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ fleet }],
  });
  return (await handle.result()) as DrillResult;
}

/** What every relay of a fleet tells of itself, and whether the fleet's first server reaches it. */
export async function askRelays(client: Client, fleet: Fleet): Promise<RelayAnswerToDoctor[]> {
  return (await client.workflow.execute('doctorWorkflow', {
    taskQueue: ORCHESTRATOR_QUEUE,
    workflowId: `doctor/${randomUUID()}`,
    workflowExecutionTimeout: '5 minutes',
    args: [{ fleet }],
  })) as RelayAnswerToDoctor[];
}

/**
 * Removes all that is kept of a job that has ended: images, logs, its record.
 * @param relay - That served it; null: it never began.
 */
export async function deleteEndedJob(client: Client, job: JobRef, relay: Relay | null): Promise<void> {
  await client.workflow.execute('deleteJobWorkflow', {
    taskQueue: ORCHESTRATOR_QUEUE,
    workflowId: `delete/${jobId(job)}`,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowExecutionTimeout: '1 hour',
    args: [{ job, relay }],
  });
}

/**
 * A job's logs, from the relay that keeps them: the end of each.
 * @param after - Only what comes after these; it is waited for some seconds, and may be nothing.
 */
export async function fetchLogs(
  client: Client,
  job: JobRef,
  relay: Relay,
  after?: LogEnds,
): Promise<LogText[]> {
  const request: LogRequest = { job, relay, ...(after === undefined ? {} : { after }) };
  return (await client.workflow.execute('readLogsWorkflow', {
    taskQueue: ORCHESTRATOR_QUEUE,
    workflowId: `logs/${randomUUID()}`,
    workflowExecutionTimeout: '2 minutes',
    args: [request],
  })) as LogText[];
}

/** What the screens of a job's boots showed at their end, from the relay that keeps it. */
export async function fetchScreenshots(client: Client, job: JobRef, relay: Relay): Promise<Screenshot[]> {
  return (await client.workflow.execute('readScreenshotsWorkflow', {
    taskQueue: ORCHESTRATOR_QUEUE,
    workflowId: `screenshots/${randomUUID()}`,
    workflowExecutionTimeout: '2 minutes',
    args: [{ job, relay }],
  })) as Screenshot[];
}
