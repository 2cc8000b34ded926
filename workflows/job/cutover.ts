/** The cutover of an incremental job: services stand still, the last delta, image and verify. */
import { CancellationScope } from '@temporalio/workflow';
import type { StillnessEnd } from '../../src/model/activities.js';
import type { CutoverResult } from '../../src/model/job.js';
import { holder, orchestrator } from '../activities.js';
import { asJobError } from './failure.js';
import { makeImage, verifyBoot } from './image.js';
import { StepFailed, type Job } from './Job.js';
import { StepPaused } from './OperatorDesk.js';
import { readsSnapshots, sendLastDelta } from './lastPass.js';
import { sendDelta, verifyData, type SyncedReplica } from './sync.js';
import { whileHeld } from './whileHeld.js';

const REMARKS_KEPT = 20;

/**
 * Cuts the server over.
 * @returns false where it failed or was paused: its services run again, and it goes back to waiting
 * @throws JobGivenUp; removing the agent starts the services then
 */
export async function cutOver(job: Job, synced: SyncedReplica): Promise<boolean> {
  job.desk.takeUpCutover();
  job.record.error = null;
  const cutover: CutoverResult = {
    startedAt: new Date().toISOString(),
    stoppedAt: null,
    endedAt: null,
    downSeconds: null,
    services: null,
  };
  job.record.cutover = cutover;
  try {
    // So that the one for which the services stand still is short.
    await job.attempt('sync', () => sendDelta(job, synced));
    await whileStill(job, synced, cutover, (letGo) => finish(job, synced, cutover, letGo));
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed) && !(error instanceof StepPaused)) throw error;
    await undo(job, cutover);
    if (error instanceof StepFailed) {
      job.record.error = error.failure;
    } else {
      noteRemark(
        job,
        `the cutover that began at ${cutover.startedAt} was given up: paused, or its window closed`,
      );
      await job.standStill('sync');
    }
    return false;
  }
}

/** From the last delta to an image that was booted and checked. */
async function finish(
  job: Job,
  synced: SyncedReplica,
  cutover: CutoverResult,
  letGo: () => Promise<void>,
): Promise<void> {
  const { afterCutover } = job.context.server.sync;
  if (readsSnapshots(job, synced)) {
    await job.attempt('sync', () => sendLastDelta(job, synced));
  } else {
    await job.attempt('sync', () => sendDelta(job, synced));
    await job.attempt('verify', () => verifyData(job, synced));
  }
  if (afterCutover === 'restart') {
    await letGo();
    await endStillness(job, cutover, 'start');
  }
  const images = await job.attempt('image', () => makeImage(job, synced));
  await job.attempt('verify', () => verifyBoot(job, synced, images));
  await letGo();
  await endStillness(job, cutover, 'keep');
}

/**
 * Runs work while the services of `quiesce` stand still; it is broken off where they do not.
 * @param work - Told how to let go of them: from then on it has minutes to end their stillness.
 */
async function whileStill(
  job: Job,
  { source }: SyncedReplica,
  cutover: CutoverResult,
  work: (letGo: () => Promise<void>) => Promise<void>,
): Promise<void> {
  if (job.context.server.sync.quiesce.length === 0) return work(() => Promise.resolve());
  // Not later than the first stops: where that fails, some have.
  cutover.stoppedAt = new Date().toISOString();
  cutover.stoppedAt = await job.attempt('sync', () => orchestrator.quiesce(job.context, source.facts));
  try {
    await whileHeld(() => holder.holdStill(job.context), work);
  } catch (error) {
    // The work itself throws no failure of an activity: its steps are attempts.
    const failure = asJobError(error, job.record.step ?? 'sync', job.record.name);
    if (failure !== null) throw new StepFailed(failure);
    throw error;
  }
}

async function endStillness(job: Job, cutover: CutoverResult, how: StillnessEnd): Promise<void> {
  if (cutover.endedAt !== null) return;
  if (cutover.stoppedAt !== null) {
    await job.attempt('sync', () => orchestrator.endStillness(job.context, how));
    cutover.services = how === 'keep' ? 'left stopped' : 'started again';
  }
  noteEnd(cutover);
}

/** A cutover that failed: the services start again, by us or by the timer on the source itself. */
async function undo(job: Job, cutover: CutoverResult): Promise<void> {
  if (cutover.endedAt !== null) return;
  if (cutover.stoppedAt !== null) {
    cutover.services = 'started again';
    try {
      await CancellationScope.nonCancellable(() => orchestrator.endStillness(job.context, 'undo'));
    } catch (error) {
      const failure = asJobError(error, 'sync', job.record.name);
      if (failure === null) throw error;
      noteRemark(
        job,
        `after the cutover that began at ${cutover.startedAt} its services could not be started by us (${failure.code}): the timer on the source does it`,
      );
    }
  }
  noteEnd(cutover);
}

/** Of many attempts, the last remarks are kept. */
function noteRemark(job: Job, remark: string): void {
  job.record.remarks = [...(job.record.remarks ?? []), remark].slice(-REMARKS_KEPT);
}

function noteEnd(cutover: CutoverResult): void {
  cutover.endedAt = new Date().toISOString();
  if (cutover.stoppedAt === null) return;
  cutover.downSeconds = Math.round((Date.parse(cutover.endedAt) - Date.parse(cutover.stoppedAt)) / 1000);
}
