import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { FleetliftError } from '../errors/FleetliftError.js';
import { isNotFound } from './failures.js';

/**
 * The first argument that a workflow was started with, out of its history; null: none.
 *
 * @throws E-PAYLOAD where it is not signed.
 */
export async function workflowInput(client: Client, workflowId: string, runId?: string): Promise<unknown> {
  const { namespace, loadedDataConverter } = client.options;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: runId === undefined ? { workflowId } : { workflowId, runId },
    maximumPageSize: 1,
  });
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const context = { type: 'workflow' as const, namespace, workflowId };
  return (await decodeFromPayloadsAtIndex<unknown>(loadedDataConverter, 0, payloads, context)) ?? null;
}

/** Whether a workflow was started by us: one whose input is not signed never ran. One that is gone is nobody's. */
export async function isOurs(client: Client, workflowId: string, runId?: string): Promise<boolean> {
  try {
    await workflowInput(client, workflowId, runId);
    return true;
  } catch (error) {
    if (error instanceof FleetliftError && error.code === 'E-PAYLOAD') return false;
    if (isNotFound(error)) return false;
    throw error;
  }
}
