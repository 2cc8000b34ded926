/** Steps preflight and import. */
import { isCancellation } from '@temporalio/workflow';
import type { PreflightOutcome } from '../../src/model/activities.js';
import type { SourceFacts } from '../../src/model/facts.js';
import type { ReplicaPlan } from '../../src/model/plan.js';
import { atHand, orchestrator } from '../activities.js';
import { jobFailure } from './failure.js';
import type { Job } from './Job.js';

export interface InspectedSource {
  readonly facts: SourceFacts;
  readonly sourceId: string;
}

/** Blocking findings stop the server here, before anything is created. */
export async function preflight(job: Job): Promise<InspectedSource> {
  const { facts, findings, sourceId } = await inspect(job);
  job.record.findings = [...findings];
  job.evidence = { facts, plan: null };
  const blocking = findings.filter((finding) => finding.severity === 'blocking');
  const [only] = blocking;
  if (only !== undefined) {
    job.noCleanUp('agent');
    throw blocking.length === 1
      ? jobFailure(only.code as 'E-PREFLIGHT', only.message, only.remedy)
      : jobFailure('E-PREFLIGHT', blocking.map((finding) => `${finding.code} ${finding.message}`).join('; '));
  }
  return { facts, sourceId };
}

async function inspect(job: Job): Promise<PreflightOutcome> {
  const report = await job.relay.relayReport(job.context);
  // Before the agent is pushed: a job that is given up meanwhile may never hear that it was.
  job.onCleanUp('agent', () => orchestrator.removeAgent(job.context));
  try {
    return await orchestrator.preflight(job.context, report, false);
  } catch (error) {
    // Where it fails it has left nothing, and its source may not be reached.
    if (!isCancellation(error)) job.noCleanUp('agent');
    throw error;
  }
}

/** Takes the source's lock, so that no other job touches it, and plans its replica. */
export async function importSource(job: Job, source: InspectedSource): Promise<ReplicaPlan> {
  const { sourceId } = source;
  // Before it is taken: what fails behind that, or is cancelled, must not leave it taken.
  job.onCleanUp(`source ${sourceId}`, () => atHand.releaseSource(sourceId, job.context.job));
  const { plan, publicKey } = await orchestrator.importSource(job.context, source.facts, sourceId);
  job.publicKey = publicKey;
  job.evidence = { facts: source.facts, plan };
  job.record.remarks = [...plan.remarks];
  return plan;
}
