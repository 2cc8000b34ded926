import type { Client } from '@temporalio/client';
import type { CommandAnswer } from '../model/messages.js';
import { sourceWorkflowId, type SourceRecord } from '../model/source.js';
import { deleteSourceUpdate, sourceRecordQuery } from '../../workflows/messages.js';

/** The records of all sources that were imported. */
export async function listSources(client: Client): Promise<SourceRecord[]> {
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({
    query: "WorkflowType = 'sourceWorkflow' AND ExecutionStatus = 'Running'",
  })) {
    ids.add(workflowId);
  }
  return Promise.all([...ids].map((id) => client.workflow.getHandle(id).query(sourceRecordQuery)));
}

/** Forgets a source; refused while an unfinished job holds it. */
export async function deleteSource(client: Client, id: string): Promise<CommandAnswer> {
  return client.workflow.getHandle(sourceWorkflowId(id)).executeUpdate(deleteSourceUpdate, { args: [id] });
}
