/** The record of one source, and its lock: at most one unfinished job per source, also across migrations. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { SourceRecord } from '../src/model/source.js';
import { jobId } from '../src/model/job.js';
import { claimUpdate, deleteSourceUpdate, releaseSignal, sourceRecordQuery } from './messages.js';

export async function sourceWorkflow(id: string, earlier?: SourceRecord): Promise<void> {
  const record: SourceRecord = earlier ?? { id, hostname: '', host: '', holder: null, lastJob: null };

  setHandler(sourceRecordQuery, () => record);
  setHandler(claimUpdate, (claim, abandoned) => {
    if (record.holder === null || record.holder === abandoned) {
      record.holder = jobId(claim.job);
      record.lastJob = record.holder;
      record.hostname = claim.hostname;
      record.host = claim.host;
    }
    return record.holder;
  });
  setHandler(releaseSignal, (job) => {
    if (record.holder === job) record.holder = null;
  });

  const asked = { deleted: false };
  setHandler(deleteSourceUpdate, () => {
    if (record.holder !== null) {
      return {
        accepted: false,
        message: `${record.hostname} is held by the unfinished ${record.holder}: delete that job first`,
      };
    }
    asked.deleted = true;
    return { accepted: true, message: `${record.hostname} is forgotten; a migration imports it again` };
  });

  await condition(() => asked.deleted || workflowInfo().continueAsNewSuggested);
  await condition(allHandlersFinished);
  if (asked.deleted) return;
  await continueAsNew<typeof sourceWorkflow>(id, record);
}
