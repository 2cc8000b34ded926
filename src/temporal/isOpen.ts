import type { Client } from '@temporalio/client';
import { isNotFound } from './failures.js';

/** Whether a workflow runs; one that Temporal does not know does not. */
export async function isOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
