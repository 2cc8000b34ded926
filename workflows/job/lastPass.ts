/** The last pass of a job and its comparison, where the source can take snapshots: both read the same ones. */
import { CancellationScope, patched } from '@temporalio/workflow';
import { holder, orchestrator } from '../activities.js';
import type { Job } from './Job.js';
import { dropLater } from './dropLater.js';
import { prepareDelta, reopenReplica, send, verifyData, type SyncedReplica } from './sync.js';
import { whileHeld } from './whileHeld.js';

/**
 * Whether there is something to be read from snapshots. A running job may be told to do without. During an upgrade an
 * orchestrator of before may have come past this with a plan that has some, and knew nothing of them.
 */
export function readsSnapshots(job: Job, { plan }: SyncedReplica): boolean {
  const has = job.context.server.sync.snapshot !== 'off' && (plan.snapshots ?? []).length > 0;
  return has && patched('last pass from snapshots');
}

/** After a first pass, during which the server has changed: a short one, of one moment. */
export async function sendLastPass(job: Job, synced: SyncedReplica): Promise<void> {
  const startedAt = Date.now();
  await reopenReplica(job, synced);
  await sendAndVerify(job, synced, startedAt);
}

/** The last delta of a cutover. @throws RoomNeeded */
export async function sendLastDelta(job: Job, synced: SyncedReplica): Promise<void> {
  const startedAt = Date.now();
  await prepareDelta(job, synced);
  await sendAndVerify(job, synced, startedAt);
}

/**
 * All of it is repeated where any of it fails, with new snapshots: what was sent of others would not be equal to them.
 * So nothing holds them while a job pauses, waits for the operator, or for its next attempt.
 */
async function sendAndVerify(job: Job, synced: SyncedReplica, startedAt: number): Promise<void> {
  await whileSnapshotted(job, synced, async () => {
    await send(job, synced, startedAt);
    await job.goOnTo('verify');
    await verifyData(job, synced);
  });
}

/** Does work while snapshots are there to be read; they are removed however it ends, by us or by the source's timer. */
async function whileSnapshotted(job: Job, synced: SyncedReplica, work: () => Promise<void>): Promise<void> {
  if (!readsSnapshots(job, synced)) return work();
  const { source, plan } = synced;
  job.dropper?.cancel();
  try {
    const held = await orchestrator.takeSnapshots(job.context, source.facts, plan.snapshots ?? []);
    synced.snapshots = held;
    await whileHeld(() => holder.holdSnapshots(job.context, held), work);
  } finally {
    delete synced.snapshots;
    await CancellationScope.nonCancellable(async () => {
      const areGone = await job.tryTo('the source removes its snapshots by its own timer', () =>
        orchestrator.dropSnapshots(job.context),
      );
      if (!areGone) dropLater(job);
    });
  }
}
