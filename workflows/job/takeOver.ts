import { atHand, orchestrator } from '../activities.js';
import type { Job } from './Job.js';
import type { SyncedReplica } from './sync.js';

/** Registers what a job's earlier run has made, to be released when the job ends. */
export function takeOver(job: Job, { source: { sourceId } }: SyncedReplica): void {
  job.onCleanUp('agent', () => orchestrator.removeAgent(job.context));
  job.onCleanUp(`source ${sourceId}`, () => atHand.releaseSource(sourceId, job.context.job));
  job.onCleanUp('replica', () => job.relay.releaseReplica(job.context));
}
