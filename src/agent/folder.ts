import type { JobRef } from '../model/job.js';
import { INITRAMFS } from '../model/plan.js';

/** Where agents live on a source; one folder a job, root's alone. */
export const AGENT_BASE = '/var/lib/fleetlift';

/** The job's folder on the source. */
export function agentFolder(job: JobRef): string {
  return `${AGENT_BASE}/${job.migration}.${job.server}.${String(job.number)}`;
}

/** Where the agent leaves the initramfs that it built, and nothing else. */
export function initramfsFolder(job: JobRef): string {
  return `${agentFolder(job)}/${INITRAMFS}`;
}
