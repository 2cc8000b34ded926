/** The story of one server: from its first SSH connection to an image that was booted and checked. */
import { CancellationScope } from '@temporalio/workflow';
import type { JobInput } from '../src/model/messages.js';
import type { ServerResult } from '../src/model/job.js';
import { giveUp } from './job/giveUp.js';
import { Job } from './job/Job.js';
import { makeImage, verifyBoot } from './job/image.js';
import { importSource, preflight } from './job/source.js';
import { syncReplica, verifyData } from './job/sync.js';

/**
 * A step that fails is repeated while that may help; then the job waits in error, and `retry` repeats that step.
 * The data is verified before the image is made of it: a difference then costs a pass, not an image.
 */
export async function jobWorkflow(input: JobInput): Promise<ServerResult> {
  const job = new Job(input);
  try {
    const source = await job.step('preflight', () => preflight(job));
    const plan = await job.step('import', () => importSource(job, source));
    const synced = await job.step('sync', () => syncReplica(job, source, plan));
    await job.step('verify', () => verifyData(job, source, synced));
    const images = await job.step('image', () => makeImage(job, source, plan));
    await job.step('verify', () => verifyBoot(job, source, plan, images));
    await job.step('clean-up', () => job.cleanUp());
    return await job.end('Finished');
  } catch (error) {
    return await CancellationScope.nonCancellable(() => giveUp(job, error));
  }
}
