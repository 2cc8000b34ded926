import type { Client } from '@temporalio/client';
import type { CommandAnswer } from '../model/messages.js';
import { sourceWorkflowId, type SourceRecord } from '../model/source.js';
import { isOpen } from './isOpen.js';
import { listWorkflows } from './listWorkflows.js';
import { isOurs } from './workflowInput.js';
import { deleteSourceUpdate, releaseSignal, sourceRecordQuery } from '../../workflows/messages.js';

/** The records of all sources that were imported. */
export async function listSources(client: Client): Promise<SourceRecord[]> {
  const ids = new Set<string>();
  const open = listWorkflows(client, "WorkflowType = 'sourceWorkflow' AND ExecutionStatus = 'Running'");
  for await (const { workflowId } of open) ids.add(workflowId);
  const records = await Promise.all(
    [...ids].map(async (id) =>
      (await isOurs(client, id)) ? client.workflow.getHandle(id).query(sourceRecordQuery) : null,
    ),
  );
  return records.filter((record) => record !== null);
}

/** Forgets a source; refused while an unfinished job holds it, not where one that was ended from outside has left its lock. */
export async function deleteSource(client: Client, id: string): Promise<CommandAnswer> {
  const handle = client.workflow.getHandle(sourceWorkflowId(id));
  const { holder } = await handle.query(sourceRecordQuery);
  if (holder !== null && !(await isOpen(client, holder))) await handle.signal(releaseSignal, holder);
  return handle.executeUpdate(deleteSourceUpdate, { args: [id] });
}
