/** A job's record, its steps with their retries, its messages, and what it has to release at the end. */
import {
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { resolveServer } from '../../src/model/fleet.js';
import type { JobContext, RelayActivities } from '../../src/model/activities.js';
import type { JobInput, ServerSummary } from '../../src/model/messages.js';
import {
  jobId,
  PHASE_OF_STEP,
  type JobError,
  type JobStatus,
  type JobStep,
  type ServerResult,
} from '../../src/model/job.js';
import type { PassSpec } from '../../src/model/transfer.js';
import { orchestrator, relayActivities } from '../activities.js';
import {
  cancelUpdate,
  jobStatusQuery,
  retryUpdate,
  searchAttributes,
  serverChangedSignal,
} from '../messages.js';
import { backoffMs } from './backoff.js';
import { asJobError } from './failure.js';

/** Thrown out of a waiting step when the operator gives the job up. */
export class JobCancelled extends Error {}

/** Wire bytes that must have moved between two failures for the first not to count. */
const PROGRESS_BYTES = 1 << 20;

export class Job {
  readonly record: ServerSummary;
  readonly relay: RelayActivities;
  context: JobContext;
  /** Bytes that came over the wire so far: a failure after real progress is not counted against the job. */
  progressBytes = 0;
  /** Number of the pass that step sync begins or takes up. */
  firstPass = 1;
  private readonly releases: (() => Promise<void>)[] = [];
  private retryAsked = false;
  private cancelAsked = false;

  constructor(private readonly input: JobInput) {
    const server = resolveServer(input.defaults, input.fleetServer);
    this.context = { job: input.job, server, relay: input.relay };
    this.relay = relayActivities(input.relay.name);
    this.record = {
      name: server.name,
      wave: input.wave,
      job: jobId(input.job),
      status: 'Ready',
      phase: null,
      step: null,
      reason: null,
      attempts: 0,
      sync: null,
      images: [],
      verify: null,
      error: null,
      findings: [],
      changes: [],
      remarks: [],
      times: [],
      startedAt: new Date().toISOString(),
    };
    this.handleMessages();
  }

  /**
   * Runs one step until it succeeds. A failure that may pass is repeated with growing pauses, up to the job's
   * `retry.maximumAttempts` without progress; after that, and for all others, the job waits for the operator.
   * @throws JobCancelled where the operator gives it up
   */
  async step<T>(name: JobStep, work: () => Promise<T>): Promise<T> {
    let failures = 0;
    let progressAtFailure = this.progressBytes;
    for (;;) {
      this.record.attempts = failures + 1;
      await this.show('Running', name);
      const startedAt = Date.now();
      try {
        const result = await work();
        this.noteTime(name, startedAt, 'done');
        return result;
      } catch (error) {
        const failure = asJobError(error, name, this.record.name);
        if (failure === null) throw error;
        this.noteTime(name, startedAt, 'failed');
        if (this.progressBytes - progressAtFailure > PROGRESS_BYTES) failures = 0;
        progressAtFailure = this.progressBytes;
        failures += 1;
        this.record.error = failure;
        if (failure.retryable && failures < this.context.server.retry.maximumAttempts) {
          const pauseMs = backoffMs(this.context.server.retry.initialIntervalMs, failures);
          this.record.reason = `${failure.code}, attempt ${String(failures + 1)} in ${String(Math.round(pauseMs / 1000))} s`;
          await this.show('Running', name);
          await this.waitForPause(pauseMs);
        } else {
          await this.waitForOperator(failure, name);
          failures = 0;
        }
        this.record.error = null;
        this.record.reason = null;
      }
    }
  }

  /** Takes over what a pass came to. */
  noteWire(settled: { wireBytes: number; usedBytes: number }, kind: PassSpec['kind']): void {
    this.progressBytes = settled.wireBytes;
    if (this.record.sync === null) return;
    this.record.sync.wireBytes = settled.wireBytes;
    if (kind !== 'verify') this.record.sync.logicalBytes = settled.usedBytes;
  }

  /** Registers what must be released when the job ends, however it does; run last made, first released. */
  onCleanUp(release: () => Promise<void>): void {
    this.releases.push(release);
  }

  /** Releases all that was registered. What succeeded is not run again by a retry. */
  async cleanUp(): Promise<void> {
    for (let release = this.releases.at(-1); release !== undefined; release = this.releases.at(-1)) {
      await release();
      this.releases.pop();
    }
  }

  /** Makes the status final, writes the result file, and tells the migration. */
  async end(status: JobStatus): Promise<ServerResult> {
    this.record.endedAt = new Date().toISOString();
    this.record.reason = null;
    this.setStatus(status, null);
    const { phase: _phase, reason: _reason, ...result } = this.record;
    await orchestrator.recordResult(this.input.job.migration, result);
    await this.tell();
    return result;
  }

  private async waitForOperator(failure: JobError, step: JobStep): Promise<void> {
    this.retryAsked = false;
    this.record.reason = failure.remedy;
    await this.show('InError', step);
    await condition(() => this.retryAsked || this.cancelAsked);
    if (this.cancelAsked) throw new JobCancelled();
  }

  /** A pause between attempts; `retry` ends it early, `cancel` ends the job. */
  private async waitForPause(pauseMs: number): Promise<void> {
    this.retryAsked = false;
    await condition(() => this.retryAsked || this.cancelAsked, pauseMs);
    if (this.cancelAsked) throw new JobCancelled();
  }

  private async show(status: JobStatus, step: JobStep): Promise<void> {
    this.setStatus(status, step);
    await this.tell();
  }

  private setStatus(status: JobStatus, step: JobStep | null): void {
    this.record.status = status;
    if (step !== null) this.record.step = step;
    this.record.phase = status === 'Running' && step !== null ? PHASE_OF_STEP[step] : null;
    const { server, wave, error, reason } = { ...this.record, server: this.record.name };
    upsertSearchAttributes([
      { key: searchAttributes.migration, value: this.input.job.migration },
      { key: searchAttributes.wave, value: wave },
      { key: searchAttributes.server, value: server },
      { key: searchAttributes.status, value: status },
      { key: searchAttributes.phase, value: this.record.phase },
      { key: searchAttributes.step, value: step },
    ]);
    setCurrentDetails(
      [
        `**${server}**: ${status}${step === null ? '' : `, ${step}`}`,
        error && `${error.code}: ${error.message}`,
        reason,
      ]
        .filter(Boolean)
        .join('\n\n'),
    );
  }

  /** Tells the migration how the server stands; findings, changes and times are asked of the job itself. */
  private async tell(): Promise<void> {
    if (this.input.coordinator === null) return;
    const { findings: _f, changes: _c, times: _t, remarks: _r, ...summary } = this.record;
    try {
      await getExternalWorkflowHandle(this.input.coordinator).signal(serverChangedSignal, summary);
    } catch (error) {
      // The migration was ended from outside: the job goes on, and its result file tells the outcome.
      if (isCancellation(error)) throw error;
    }
  }

  private noteTime(step: JobStep, startedAtMs: number, outcome: 'done' | 'failed'): void {
    this.record.times?.push({
      step,
      startedAt: new Date(startedAtMs).toISOString(),
      seconds: (Date.now() - startedAtMs) / 1000,
      outcome,
    });
  }

  private handleMessages(): void {
    const { name } = this.record;
    setHandler(jobStatusQuery, () => this.record);
    setHandler(retryUpdate, () => {
      if (this.record.status !== 'InError') {
        return {
          accepted: false,
          message: `${name} is ${this.record.status}, not in error: there is nothing to retry. See: fleetlift status`,
        };
      }
      this.retryAsked = true;
      return { accepted: true, message: `${name} goes on at step ${this.record.step ?? 'preflight'}` };
    });
    setHandler(cancelUpdate, () => {
      if (this.record.status !== 'InError') {
        return {
          accepted: false,
          message: `${name} is ${this.record.status}: only a job in error can be cancelled in this version`,
        };
      }
      this.cancelAsked = true;
      return { accepted: true, message: `${name} is given up; what it made on source and relay is removed` };
    });
  }
}
