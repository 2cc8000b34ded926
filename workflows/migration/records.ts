/** The records of servers as a migration keeps them. */
import { jobId, type JobRef, type ServerResult } from '../../src/model/job.js';
import type { ServerSummary } from '../../src/model/messages.js';

/** A server whose job has not started. */
export function queued(name: string, wave: string, ref: JobRef): ServerSummary {
  return {
    name,
    wave,
    job: jobId(ref),
    status: 'Queued',
    phase: null,
    step: null,
    reason: null,
    attempts: 0,
    sync: null,
    images: [],
    verify: null,
    error: null,
  };
}

/** A server's record without what tells only how it stands at this moment. */
export function asResult({
  phase: _phase,
  reason: _reason,
  told: _told,
  ...result
}: ServerSummary): ServerResult {
  return result;
}

/** Findings, changes and times stay in the result file: a thousand of them would not fit into one answer. */
export function withoutDetails(result: ServerResult): ServerResult {
  const { findings: _f, changes: _c, times: _t, remarks: _r, ...summary } = result;
  return summary;
}
