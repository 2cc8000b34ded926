import type { Client } from '@temporalio/client';
import type { ImportOutcome, JobContext, RefreshedSource } from '../src/model/activities.js';
import type { SourceFacts } from '../src/model/facts.js';
import type { ReplicaPlan } from '../src/model/plan.js';
import { planReplica } from '../src/plan/planReplica.js';
import { replan } from '../src/plan/replan.js';
import { withHeartbeat } from './support/heartbeat.js';
import { withAgent } from './support/source.js';
import { claimSource } from './sourceLock.js';

/**
 * Takes the lock of the source for this job, computes its replica plan, and makes the job's key on it.
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
  const publicKey = await withHeartbeat({ step: 'import', detail: 'making the key' }, ({ signal }) =>
    withAgent(context, signal, (agent) => agent.makeKey()),
  );
  return { plan, publicKey };
}

/**
 * Takes the facts anew for a delta: kernels, mounts and fstab may have changed since the import.
 * @throws E-SOURCE-CHANGED where the replica's disks do not fit any more
 */
export async function refreshSource(context: JobContext, plan: ReplicaPlan): Promise<RefreshedSource> {
  return withHeartbeat({ step: 'sync', detail: 'taking facts' }, ({ signal }) =>
    withAgent(context, signal, async (agent) => {
      const facts = await agent.facts();
      return { facts, plan: replan(plan, facts, context.server), publicKey: await agent.makeKey() };
    }),
  );
}
