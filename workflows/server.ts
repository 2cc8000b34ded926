/** The story of one server: from its first SSH connection to an image that was booted and checked. */
import { allHandlersFinished, CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { JobInput } from '../src/model/messages.js';
import type { ServerResult } from '../src/model/job.js';
import { cutOver } from './job/cutover.js';
import { deltasUntilCutover } from './job/deltas.js';
import { jobFailure } from './job/failure.js';
import { giveUp } from './job/giveUp.js';
import { Job, type SavedJob } from './job/Job.js';
import { makeImage, verifyBoot } from './job/image.js';
import { readsSnapshots, sendLastPass } from './job/lastPass.js';
import { withRoom } from './job/room.js';
import { importSource, preflight } from './job/source.js';
import { takeOver } from './job/takeOver.js';
import { syncReplica, verifyData, type SyncedReplica } from './job/sync.js';

/**
 * A step that fails is repeated while that may help; then the job waits in error, and `retry` repeats that step.
 * The data is verified before the image is made of it: a difference then costs a pass, not an image.
 * Where the source can take snapshots, a last pass and that comparison read them.
 *
 * @param saved - Where an earlier run of the same job has left off, after its first sync.
 */
export async function jobWorkflow(
  input: JobInput,
  saved?: SavedJob & { readonly synced: SyncedReplica },
): Promise<ServerResult> {
  refuseStranger(input);
  const job = new Job(input, saved ?? null);
  try {
    const synced = saved?.synced ?? (await firstSync(job));
    if (saved !== undefined) takeOver(job, synced);
    if (job.context.server.sync.mode === 'incremental') {
      do await deltasUntilCutover(job, synced);
      while (!(await cutOver(job, synced)));
    } else {
      if (readsSnapshots(job, synced)) await job.step('sync', () => sendLastPass(job, synced));
      else await job.step('verify', () => verifyData(job, synced));
      const images = await job.step('image', () => makeImage(job, synced));
      await job.step('verify', () => verifyBoot(job, synced, images));
    }
    await job.step('clean-up', () => job.cleanUp());
    return await job.finish();
  } catch (error) {
    return await CancellationScope.nonCancellable(() => giveUp(job, error));
  } finally {
    // Who has asked meanwhile gets his answer.
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}

async function firstSync(job: Job): Promise<SyncedReplica> {
  return withRoom(job, 'preflight', async () => {
    const source = await job.step('preflight', () => preflight(job));
    const plan = await job.step('import', () => importSource(job, source));
    return job.step('sync', () => syncReplica(job, source, plan));
  });
}

/** A recorded input is signed, and could be given again to a job that has ended; its migration starts a job only once. */
function refuseStranger(input: JobInput): void {
  const { parent, workflowId } = workflowInfo();
  if ((parent?.workflowId ?? null) === input.coordinator) return;
  throw jobFailure(
    'E-PAYLOAD',
    `${workflowId} was not started by ${input.coordinator ?? 'a command'}: refused`,
  );
}
