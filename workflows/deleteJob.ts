/** Removes what is kept of a job that has ended: on its relay images and logs, here its result file. */
import type { Relay } from '../src/model/fleet.js';
import type { JobRef } from '../src/model/job.js';
import { orchestrator, relayActivities } from './activities.js';

export async function deleteJobWorkflow(request: { job: JobRef; relay: Relay }): Promise<void> {
  await relayActivities(request.relay.name).deleteJob(request);
  await orchestrator.forgetResult(request.job);
}
