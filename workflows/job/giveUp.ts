/** How a job ends that is not brought to its end: cancelled, skipped, deleted, expired. */
import { isCancellation } from '@temporalio/workflow';
import type { ServerResult } from '../../src/model/job.js';
import type { Job } from './Job.js';
import { JobGivenUp, type GivenUp } from './OperatorDesk.js';

/** An expired job is cleaned up by itself after this long. */
const KEPT_AFTER_EXPIRY_MS = 7 * 86_400_000;

/**
 * Releases what the job holds on source and relay, and ends it.
 * @throws the error itself where it is none of giving up: a defect
 */
export async function giveUp(job: Job, error: unknown): Promise<ServerResult> {
  const how = howOf(error);
  if (how === null) throw error;
  if (how === 'expiry') {
    await job.showStatus('Expired', 'nobody took it up in time; what it holds is removed in 7 days');
    await job.desk.waitForDelete(KEPT_AFTER_EXPIRY_MS);
  }
  if (how === 'delete' || how === 'expiry') job.onCleanUp('job', () => job.relay.deleteJob(job.context));
  await job.showStatus('Deleting', null);
  await job.releaseWhatCan();
  switch (how) {
    case 'delete':
      return job.forget();
    case 'expiry':
      return job.end('Expired');
    case 'skip':
      return job.end('Skipped');
    case 'cancel':
      return job.end('Cancelled');
  }
}

function howOf(error: unknown): GivenUp | null {
  if (error instanceof JobGivenUp) return error.how;
  return isCancellation(error) ? 'cancel' : null;
}
