import type { Client } from '@temporalio/client';
import type { SourceRecord } from '../model/source.js';
import { sourceRecordQuery } from '../../workflows/messages.js';

/** The records of all sources that were imported. */
export async function listSources(client: Client): Promise<SourceRecord[]> {
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'sourceWorkflow'" })) {
    ids.add(workflowId);
  }
  return Promise.all([...ids].map((id) => client.workflow.getHandle(id).query(sourceRecordQuery)));
}
