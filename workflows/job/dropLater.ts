import { CancellationScope, sleep } from '@temporalio/workflow';
import { orchestrator } from '../activities.js';
import type { Job } from './Job.js';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60 * 60_000;
/** Two days and some hours: then somebody has to look at that server anyway. */
const TRIES = 60;

/**
 * Goes on trying to remove the snapshots of a source that could not be reached, whatever the job does meanwhile: it may
 * wait for its operator for weeks, and a source that was rebooted has lost its own timer. The job's end ends it, as does
 * `dropper`, by which a new attempt takes over.
 */
export function dropLater(job: Job): void {
  const scope = new CancellationScope();
  job.dropper = scope;
  void scope
    .run(async () => {
      let pauseMs = FIRST_PAUSE_MS;
      for (let tries = 0; tries < TRIES; tries++) {
        await sleep(pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        const areGone = await orchestrator.dropSnapshots(job.context).then(
          () => true,
          () => false,
        );
        if (areGone) return;
      }
    })
    // It was cancelled.
    .catch(() => undefined);
}
