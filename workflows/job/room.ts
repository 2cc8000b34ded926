/** A job's room on its relay, and what it does where there is none now. */
import { CATALOGUE } from '../../src/errors/catalogue.js';
import { remedyFor } from '../../src/errors/remedy.js';
import type { JobStep } from '../../src/model/job.js';
import type { ReplicaPlan } from '../../src/model/plan.js';
import { RoomNeeded, type Job } from './Job.js';

/** Reserves what a plan needs. @throws RoomNeeded where that is not free, or promised to other jobs */
export async function reserveRoom(job: Job, plan: ReplicaPlan): Promise<void> {
  const answer = await job.relay.reserveRoom(job.context, plan);
  if (answer.reserved) return;
  const remedy = remedyFor(CATALOGUE['W-RELAY-SPACE'].remedy, job.record.name);
  throw new RoomNeeded(
    { code: 'E-RELAY-SPACE', step: 'sync', message: answer.reason, remedy, retryable: false },
    answer.neededBytes,
  );
}

/**
 * Does work that needs room. Where there is none the job waits in the queue, without a place, and then does all of it
 * anew: days may have passed.
 * @param from - The step that the work begins with.
 */
export async function withRoom<T>(job: Job, from: JobStep, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RoomNeeded)) throw error;
      await job.waitForRoom(from, error);
    }
  }
}
