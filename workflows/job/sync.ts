/** Step sync, and the data's half of step verify. */
import { CancellationScope } from '@temporalio/workflow';
import type { ReplicaPlan } from '../../src/model/plan.js';
import type { PassSpec, PassStatus, Receiver } from '../../src/model/transfer.js';
import type { JudgedDifferences } from '../../src/model/activities.js';
import { orchestrator, relayWatch } from '../activities.js';
import { jobFailure } from './failure.js';
import type { Job } from './Job.js';
import { reserveRoom } from './room.js';
import type { InspectedSource } from './source.js';

/** What the passes of a job have come to; a retried step goes on from here. */
export interface SyncedReplica {
  source: InspectedSource;
  plan: ReplicaPlan;
  receiver: Receiver;
  /** Start of the last pass that sent, by the source's clock, seconds since the epoch. */
  passStartedAt: number;
}

/** Reserves room, makes the replica's disks, opens the receiver for the source's own key, and runs the pass. */
export async function syncReplica(
  job: Job,
  source: InspectedSource,
  plan: ReplicaPlan,
): Promise<SyncedReplica> {
  const startedAt = Date.now();
  job.onCleanUp('replica', () => job.relay.releaseReplica(job.context));
  await reserveRoom(job, plan);
  job.record.sync ??= { passes: 0, logicalBytes: 0, wireBytes: 0, seconds: 0 };
  await job.relay.prepareReplica(job.context, plan);
  const synced = { source, plan, receiver: await openReceiver(job), passStartedAt: 0 };
  await send(job, synced, startedAt);
  return synced;
}

/** One delta: what has changed on the source since the last pass. Its facts may have changed too, but for its disks. */
export async function sendDelta(job: Job, synced: SyncedReplica): Promise<void> {
  const startedAt = Date.now();
  const { facts, plan } = await orchestrator.refreshSource(job.context, synced.plan);
  synced.source = { ...synced.source, facts };
  synced.plan = plan;
  await reserveRoom(job, plan);
  await job.relay.prepareReplica(job.context, plan);
  synced.receiver = await openReceiver(job);
  await send(job, synced, startedAt);
}

async function send(job: Job, synced: SyncedReplica, startedAt: number): Promise<void> {
  const { facts } = synced.source;
  synced.passStartedAt = (await runPass(job, synced, job.nextPass, 'sync')).startedAtEpoch;
  // What comes next is another pass; one that failed or was paused is taken up again.
  job.nextPass += 1;
  const { sync } = job.record;
  if (sync === null) return;
  sync.passes += 1;
  sync.seconds += (Date.now() - startedAt) / 1000;
  if (job.context.server.sync.mode === 'incremental') {
    sync.syncedAt = new Date(synced.passStartedAt * 1000 - facts.clockSkewMs).toISOString();
  }
}

/**
 * Unmounts the replica, checks its filesystems read-only, mounts it anew and compares it by checksum with the source.
 * What differs though the source did not change it gets one corrective pass; then it is E-VERIFY-DIFF.
 */
export async function verifyData(job: Job, synced: SyncedReplica): Promise<void> {
  const { context, relay } = job;
  await relay.sealReplica(context);
  if (context.server.verify.checksum) {
    let result = await compare(job, synced);
    if (result.checksum.differences > 0) {
      await relay.closeReceiver(context);
      await relay.prepareReplica(context, synced.plan);
      await openReceiver(job);
      job.nextPass += 1;
      synced.passStartedAt = (await runPass(job, synced, job.nextPass - 1, 'correct')).startedAtEpoch;
      await relay.sealReplica(context);
      result = await compare(job, synced);
    }
    job.record.verify = { checksum: result.checksum, boot: [], commands: [] };
    if (result.checksum.differences > 0) {
      throw jobFailure(
        'E-VERIFY-DIFF',
        `${String(result.checksum.differences)} files of ${context.server.name} differ from the source after a corrective pass: ${result.examples.join(', ')}`,
      );
    }
  }
  await relay.closeReceiver(context);
}

async function compare(job: Job, synced: SyncedReplica): Promise<JudgedDifferences> {
  await job.relay.openForVerify(job.context);
  await openReceiver(job);
  const number = job.nextPass;
  job.nextPass += 1;
  await runPass(job, synced, number, 'verify');
  const result = await orchestrator.judgeDifferences(job.context, number, synced.passStartedAt);
  await job.relay.sealReplica(job.context);
  return result;
}

async function openReceiver(job: Job): Promise<Receiver> {
  return job.relay.openReceiver(job.context, await orchestrator.makeTransferKey(job.context));
}

/** One pass, with the relay watching its space; a full relay is told as such, not as rsync's broken pipe. */
async function runPass(
  job: Job,
  synced: SyncedReplica,
  number: number,
  kind: PassSpec['kind'],
): Promise<PassStatus> {
  const { context } = job;
  const watch = new CancellationScope();
  const watching = watch.run(() => relayWatch(context.relay.name).watchReceiver(context));
  watching.catch(() => undefined);
  try {
    const request = { number, kind, facts: synced.source.facts, receiver: synced.receiver };
    const status = await orchestrator.runPass(context, request);
    return status;
  } finally {
    watch.cancel();
    // Also after a pause, which may last for days: what has come lies on the disk then.
    await CancellationScope.nonCancellable(() => settle(job, number, kind));
  }
}

/** Has what was received written to disk. Where that fails, a pass that the agent calls done must not be taken up again. */
async function settle(job: Job, number: number, kind: PassSpec['kind']): Promise<void> {
  try {
    job.noteWire(await job.relay.settlePass(job.context), kind);
  } catch (error) {
    job.nextPass = number + 1;
    throw error;
  }
}
