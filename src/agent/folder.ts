import type { JobRef } from '../model/job.js';

/** Where agents live on a source; one folder a job, root's alone. */
export const AGENT_BASE = '/var/lib/fleetlift';

/** The job's folder on the source. */
export function agentFolder(job: JobRef): string {
  return `${AGENT_BASE}/${job.migration}.${job.server}.${String(job.number)}`;
}

/**
 * The exclude rule that keeps the agent's own folder (with the job's key) out of a filesystem's copy.
 * @param mountpoint where the filesystem is mounted; null: its top level is read, and where the folder lies in it is
 *   not known (a btrfs subvolume), so the rule matches at any depth
 */
export function ownExclude(mountpoint: string | null): string | null {
  if (mountpoint === null) return 'lib/fleetlift/';
  const below = mountpoint === '/' ? '/' : `${mountpoint}/`;
  return AGENT_BASE.startsWith(below) ? `/${AGENT_BASE.slice(below.length)}/` : null;
}
