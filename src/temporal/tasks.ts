import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { LogText } from '../model/activities.js';
import type { Fleet, Relay } from '../model/fleet.js';
import { ORCHESTRATOR_QUEUE, type JobRef } from '../model/job.js';
import type { DrillResult } from '../model/messages.js';

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

/** A job's logs, from the relay that keeps them. */
export async function fetchLogs(client: Client, job: JobRef, relay: Relay): Promise<LogText[]> {
  return (await client.workflow.execute('readLogsWorkflow', {
    taskQueue: ORCHESTRATOR_QUEUE,
    workflowId: `logs/${randomUUID()}`,
    workflowExecutionTimeout: '2 minutes',
    args: [{ job, relay }],
  })) as LogText[];
}
