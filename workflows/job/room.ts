/** A job's room on its relay, and what it does where there is none now. */
import { CATALOGUE } from '../../src/errors/catalogue.js';
import { remedyFor } from '../../src/errors/remedy.js';
import type { NoRoom } from '../../src/model/activities.js';
import type { JobStep } from '../../src/model/job.js';
import { RoomNeeded, type Job } from './Job.js';

/** There is no room for a job now, or it is not its turn. */
export function roomNeeded(job: Job, { reason, neededBytes, code = 'E-RELAY-SPACE' }: NoRoom): RoomNeeded {
  const { remedy } = CATALOGUE[code === 'E-RELAY-SPACE' ? 'W-RELAY-SPACE' : code];
  return new RoomNeeded(
    { code, step: 'sync', message: reason, remedy: remedyFor(remedy, job.record.name), retryable: false },
    neededBytes,
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
