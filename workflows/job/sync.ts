/** Step sync, and the data's half of step verify. */
import { CancellationScope } from '@temporalio/workflow';
import type { ReplicaPlan } from '../../src/model/plan.js';
import type { PassSpec, PassStatus, ReceiverEndpoint } from '../../src/model/transfer.js';
import type { JudgedDifferences } from '../../src/model/activities.js';
import { orchestrator, relayWatch } from '../activities.js';
import { jobFailure } from './failure.js';
import type { Job } from './Job.js';
import type { InspectedSource } from './source.js';

/** What the passes of a job have come to; a retried step goes on from here. */
export interface SyncedReplica {
  readonly receiver: ReceiverEndpoint;
  readonly plan: ReplicaPlan;
  /** Start of the last pass that sent, by the source's clock, seconds since the epoch. */
  passStartedAt: number;
  passNumber: number;
}

/** Makes the replica's disks, opens the receiver for the source's own key, and runs the pass. */
export async function syncReplica(
  job: Job,
  source: InspectedSource,
  plan: ReplicaPlan,
): Promise<SyncedReplica> {
  const { context, relay } = job;
  const startedAt = Date.now();
  if (job.record.sync === null) {
    job.record.sync = { passes: 0, logicalBytes: 0, wireBytes: 0, seconds: 0 };
    job.onCleanUp(() => relay.releaseReplica(context));
  }
  await relay.prepareReplica(context, plan);
  const receiver = await relay.openReceiver(context, await orchestrator.makeTransferKey(context));
  const synced = { receiver, plan, passNumber: job.firstPass, passStartedAt: 0 };
  synced.passStartedAt = (await runPass(job, source, synced, 'sync')).startedAtEpoch;
  job.record.sync.passes = 1;
  job.record.sync.seconds += (Date.now() - startedAt) / 1000;
  return synced;
}

/**
 * Unmounts the replica, checks its filesystems read-only, mounts it anew and compares it by checksum with the source.
 * What differs though the source did not change it gets one corrective pass; then it is E-VERIFY-DIFF.
 */
export async function verifyData(job: Job, source: InspectedSource, synced: SyncedReplica): Promise<void> {
  const { context, relay } = job;
  await relay.sealReplica(context);
  if (context.server.verify.checksum) {
    let result = await compare(job, source, synced);
    if (result.checksum.differences > 0) {
      await relay.closeReceiver(context);
      await relay.prepareReplica(context, synced.plan);
      await reopen(job);
      synced.passNumber += 1;
      synced.passStartedAt = (await runPass(job, source, synced, 'correct')).startedAtEpoch;
      await relay.sealReplica(context);
      result = await compare(job, source, synced);
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

async function compare(job: Job, source: InspectedSource, synced: SyncedReplica): Promise<JudgedDifferences> {
  await job.relay.openForVerify(job.context);
  await reopen(job);
  synced.passNumber += 1;
  await runPass(job, source, synced, 'verify');
  const result = await orchestrator.judgeDifferences(job.context, synced.passNumber, synced.passStartedAt);
  await job.relay.sealReplica(job.context);
  return result;
}

async function reopen(job: Job): Promise<void> {
  await job.relay.openReceiver(job.context, await orchestrator.makeTransferKey(job.context));
}

/** One pass, with the relay watching its space; a full relay is told as such, not as rsync's broken pipe. */
async function runPass(
  job: Job,
  source: InspectedSource,
  synced: SyncedReplica,
  kind: PassSpec['kind'],
): Promise<PassStatus> {
  const { context } = job;
  const watch = new CancellationScope();
  const watching = watch.run(() => relayWatch(context.relay.name).watchReceiver(context));
  watching.catch(() => undefined);
  try {
    const request = { number: synced.passNumber, kind, facts: source.facts, receiver: synced.receiver };
    const status = await orchestrator.runPass(context, request);
    return status;
  } finally {
    watch.cancel();
    // Also after a pause, which may last for days: what has come lies on the disk then.
    await CancellationScope.nonCancellable(() => settle(job, synced, kind));
  }
}

/** Has what was received written to disk. Where that fails, a pass that the agent calls done must not be taken up again. */
async function settle(job: Job, synced: SyncedReplica, kind: PassSpec['kind']): Promise<void> {
  try {
    job.noteWire(await job.relay.settlePass(job.context), kind);
  } catch (error) {
    job.firstPass = synced.passNumber + 1;
    throw error;
  }
}
