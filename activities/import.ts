import type { Client } from '@temporalio/client';
import type { ImportOutcome, JobContext } from '../src/model/activities.js';
import type { SourceFacts } from '../src/model/facts.js';
import { planReplica } from '../src/plan/planReplica.js';
import { claimSource } from './sourceLock.js';

/**
 * Takes the lock of the source for this job, and computes its replica plan.
 * @throws E-SOURCE-LOCKED, or what the plan refuses (E-DISK-SIZE, E-FS-UNSUPPORTED, E-KERNEL-MISSING)
 */
export async function importSource(
  client: Client,
  context: JobContext,
  facts: SourceFacts,
  sourceId: string,
): Promise<ImportOutcome> {
  const plan = planReplica(facts, context.server);
  await claimSource(client, {
    sourceId,
    job: context.job,
    hostname: facts.identity.hostname,
    host: context.server.host,
  });
  return { plan };
}
