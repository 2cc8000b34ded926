import { atHand, orchestrator } from '../activities.js';
import type { Job } from './Job.js';
import type { SyncedReplica } from './sync.js';

/** Takes over what a job's earlier run has made, to be released when the job ends, and what it knew. */
export function takeOver(job: Job, { source: { facts, sourceId }, plan }: SyncedReplica): void {
  job.evidence = { facts, plan };
  job.onCleanUp('agent', () => orchestrator.removeAgent(job.context));
  job.onCleanUp(`source ${sourceId}`, () => atHand.releaseSource(sourceId, job.context.job));
  job.onCleanUp('replica', () => job.relay.releaseReplica(job.context));
}
