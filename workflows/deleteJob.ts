/** Removes what is kept of a job that has ended: on its relay (null: it never began) images and logs, here its result file. */
import type { Relay } from '../src/model/fleet.js';
import type { JobRef } from '../src/model/job.js';
import { orchestrator, relayActivities } from './activities.js';

export async function deleteJobWorkflow({ job, relay }: { job: JobRef; relay: Relay | null }): Promise<void> {
  if (relay !== null) await relayActivities(relay.name).deleteJob({ job, relay });
  await orchestrator.forgetResult(job);
}
