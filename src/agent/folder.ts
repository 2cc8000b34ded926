import type { JobRef } from '../model/job.js';

/** Where agents live on a source; one folder a job, root's alone. */
export const AGENT_BASE = '/var/lib/fleetlift';

/** The job's folder on the source. */
export function agentFolder(job: JobRef): string {
  return `${AGENT_BASE}/${job.migration}.${job.server}.${String(job.number)}`;
}
