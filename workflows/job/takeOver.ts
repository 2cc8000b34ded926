import { orchestrator } from '../activities.js';
import type { Job } from './Job.js';
import type { SyncedReplica } from './sync.js';

/** Registers what a job's earlier run has made, to be released when the job ends. */
export function takeOver(job: Job, { source }: SyncedReplica): void {
  job.onCleanUp(() => orchestrator.removeAgent(job.context));
  job.onCleanUp(() => orchestrator.releaseSource(source.sourceId, job.context.job));
  job.onCleanUp(() => job.relay.releaseReplica(job.context));
}
