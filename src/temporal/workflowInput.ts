import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';

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
