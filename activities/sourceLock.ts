import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import { FleetliftError } from '../src/errors/FleetliftError.js';
import { jobId, ORCHESTRATOR_QUEUE, type JobRef } from '../src/model/job.js';
import { type SourceClaim, sourceWorkflowId } from '../src/model/source.js';
import { isOpen } from '../src/temporal/isOpen.js';
import { claimUpdate, releaseSignal } from '../workflows/messages.js';

/**
 * Takes the source's lock for a job; a job that holds it already keeps it, and one that no longer runs loses it.
 * @throws E-SOURCE-LOCKED where another unfinished job holds it
 */
export async function claimSource(client: Client, claim: SourceClaim): Promise<void> {
  let holder = await tryClaim(client, claim, null);
  if (holder !== jobId(claim.job) && !(await isOpen(client, holder))) {
    holder = await tryClaim(client, claim, holder);
  }
  if (holder === jobId(claim.job)) return;
  throw new FleetliftError('E-SOURCE-LOCKED', {
    message: `${claim.job.server} (${claim.hostname}, ${claim.host}) is the same machine that the unfinished ${holder} migrates`,
  });
}

/** Frees the source's lock, if this job holds it. */
export async function releaseSource(client: Client, sourceId: string, job: JobRef): Promise<void> {
  try {
    await client.workflow.getHandle(sourceWorkflowId(sourceId)).signal(releaseSignal, jobId(job));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function tryClaim(client: Client, claim: SourceClaim, abandoned: string | null): Promise<string> {
  const start = new WithStartWorkflowOperation('sourceWorkflow', {
    workflowId: sourceWorkflowId(claim.sourceId),
    taskQueue: ORCHESTRATOR_QUEUE,
    args: [claim.sourceId],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return client.workflow.executeUpdateWithStart(claimUpdate, {
    startWorkflowOperation: start,
    args: [claim, abandoned],
  });
}
