/** Step sync, and the data's half of step verify. */
import { CancellationScope } from '@temporalio/workflow';
import type { ReplicaPlan } from '../../src/model/plan.js';
import type { PassSpec, PassStatus, Receiver } from '../../src/model/transfer.js';
import type { JudgedDifferences, NoRoom, PassRequest } from '../../src/model/activities.js';
import { orchestrator, relayWatch } from '../activities.js';
import { jobFailure } from './failure.js';
import type { Job } from './Job.js';
import { roomNeeded } from './room.js';
import type { InspectedSource } from './source.js';

/** What the passes of a job have come to; a retried step goes on from here. */
export interface SyncedReplica {
  source: InspectedSource;
  plan: ReplicaPlan;
  receiver: Receiver;
  /** Start of the last pass that sent, by the source's clock, seconds since the epoch. */
  passStartedAt: number;
  /** Ids of the filesystems of which there are snapshots now; absent: none. */
  snapshots?: readonly string[];
}

/** Makes the replica's disks, lets the source in with its own key, and runs the pass. @throws RoomNeeded */
export async function syncReplica(
  job: Job,
  source: InspectedSource,
  plan: ReplicaPlan,
): Promise<SyncedReplica> {
  const startedAt = Date.now();
  job.onCleanUp('replica', () => job.relay.releaseReplica(job.context));
  const synced = { source, plan, receiver: await openReplica(job, plan), passStartedAt: 0 };
  job.record.sync ??= { passes: 0, logicalBytes: 0, wireBytes: 0, seconds: 0 };
  await send(job, synced, startedAt);
  return synced;
}

/** One delta: what has changed on the source since the last pass. Its facts may have changed too, but for its disks. */
export async function sendDelta(job: Job, synced: SyncedReplica): Promise<void> {
  const startedAt = Date.now();
  await prepareDelta(job, synced);
  await send(job, synced, startedAt);
}

/** All that comes before its pass. @throws RoomNeeded */
export async function prepareDelta(job: Job, synced: SyncedReplica): Promise<void> {
  const { facts, plan, publicKey } = await orchestrator.refreshSource(job.context, synced.plan);
  synced.source = { ...synced.source, facts };
  synced.plan = plan;
  job.evidence = { facts, plan };
  job.publicKey = publicKey;
  synced.receiver = await openReplica(job, plan);
}

/** Opens a replica again that has its room. Where it has not, nobody waits in the queue for it here. */
export async function reopenReplica(job: Job, synced: SyncedReplica): Promise<void> {
  synced.receiver = await openReplica(job, synced.plan, ({ reason, code = 'E-RELAY-SPACE' }) =>
    jobFailure(code, reason),
  );
}

/** Runs a pass that sends. @param startedAt - Ms since the epoch, from when on it is counted to the sync. */
export async function send(job: Job, synced: SyncedReplica, startedAt: number): Promise<void> {
  const { facts } = synced.source;
  const number = job.nextPass;
  // One that failed or was paused is taken up again, but not where it has read snapshots: others hold another moment.
  if (synced.snapshots !== undefined) job.nextPass += 1;
  synced.passStartedAt = (await runPass(job, synced, number, 'sync')).startedAtEpoch;
  // What comes next is another pass.
  job.nextPass = number + 1;
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
  const { server } = job.context;
  if (!server.verify.checksum) {
    await job.relay.closeReplica(job.context);
    return;
  }
  let result = await compare(job, synced);
  if (result.checksum.differences > 0) {
    await reopenReplica(job, synced);
    job.nextPass += 1;
    synced.passStartedAt = (await runPass(job, synced, job.nextPass - 1, 'correct')).startedAtEpoch;
    result = await compare(job, synced);
  }
  job.record.verify = { checksum: result.checksum, boot: [], commands: [] };
  if (result.checksum.differences > 0) {
    throw jobFailure(
      'E-VERIFY-DIFF',
      `${String(result.checksum.differences)} files of ${server.name} differ from the source after a corrective pass: ${result.examples.join(', ')}`,
    );
  }
}

async function compare(job: Job, synced: SyncedReplica): Promise<JudgedDifferences> {
  const { context, relay } = job;
  const receiver = await relay.openForVerify(context, await transferKey(job));
  const number = job.nextPass;
  job.nextPass += 1;
  const pass = { number, kind: 'verify' as const, receiver, ...readBy(synced) };
  const result = await orchestrator.compare(context, pass, synced.passStartedAt);
  job.noteWire(await relay.closeReplica(context, result), 'verify');
  return result;
}

/** @throws what `lacking` makes, where what the plan needs is not free, or is promised to other jobs */
async function openReplica(
  job: Job,
  plan: ReplicaPlan,
  lacking: (room: NoRoom) => Error = (room) => roomNeeded(job, room),
): Promise<Receiver> {
  const opened = await job.relay.openReplica(job.context, plan, await transferKey(job));
  if (opened.reserved) return opened.receiver;
  throw lacking(opened);
}

async function transferKey(job: Job): Promise<string> {
  job.publicKey ??= await orchestrator.makeTransferKey(job.context);
  return job.publicKey;
}

/** What a pass reads, and how. */
function readBy({ source: { facts }, snapshots }: SyncedReplica): Pick<PassRequest, 'facts' | 'snapshots'> {
  return { facts, ...(snapshots === undefined ? {} : { snapshots }) };
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
    const request = { number, kind, receiver: synced.receiver, ...readBy(synced) };
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
