/** Steps preflight and import. */
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
  const report = await job.relay.relayReport(job.context);
  const { facts, findings, sourceId } = await orchestrator.preflight(job.context, report, false);
  job.record.findings = [...findings];
  const blocking = findings.filter((finding) => finding.severity === 'blocking');
  const [only] = blocking;
  if (only !== undefined) {
    throw blocking.length === 1
      ? jobFailure(only.code as 'E-PREFLIGHT', only.message, only.remedy)
      : jobFailure('E-PREFLIGHT', blocking.map((finding) => `${finding.code} ${finding.message}`).join('; '));
  }
  job.onCleanUp('agent', () => orchestrator.removeAgent(job.context));
  return { facts, sourceId };
}

/** Takes the source's lock, so that no other job touches it, and plans its replica. */
export async function importSource(job: Job, source: InspectedSource): Promise<ReplicaPlan> {
  const { sourceId } = source;
  // Before it is taken: what fails behind that, or is cancelled, must not leave it taken.
  job.onCleanUp(`source ${sourceId}`, () => atHand.releaseSource(sourceId, job.context.job));
  const { plan, publicKey } = await orchestrator.importSource(job.context, source.facts, sourceId);
  job.publicKey = publicKey;
  job.record.remarks = [...plan.remarks];
  return plan;
}
