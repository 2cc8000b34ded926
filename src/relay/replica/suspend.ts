import { FleetliftError } from '../../errors/FleetliftError.js';
import { listJobs } from '../jobs.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { namespacesOf } from '../namespace/namespacesOf.js';
import { jobPaths, type JobPaths } from '../paths.js';
import { endConnections } from '../receiver/connections.js';
import type { RelayContext } from '../types.js';
import { settle } from './settle.js';

/**
 * Writes every mounted replica out and ends its namespace, for a service that goes down in good order: nothing of the
 * relay runs or is mounted afterwards. The replicas stay, and are mounted again by {@link reconcile} or the next step.
 */
export async function suspendReplicas(relay: RelayContext): Promise<void> {
  for (const job of await listJobs(relay)) {
    const paths = jobPaths(relay, job);
    await endConnections(paths.receiver, 0);
    const names = await namespacesOf(paths);
    if (names.length > 0) await settleIfPossible(paths);
    for (const name of names) await (await JobNamespace.find(paths, name))?.close();
  }
}

/** A pass that cannot be settled keeps its mark, by which the next mount distrusts what it wrote. */
async function settleIfPossible(paths: JobPaths): Promise<void> {
  try {
    await settle(paths);
  } catch (error) {
    if (!(error instanceof FleetliftError)) throw error;
  }
}
