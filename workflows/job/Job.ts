/** A job's record, its steps with their retries, and what it has to release at the end. */
import { setHandler, workflowInfo, type CancellationScope } from '@temporalio/workflow';
import { resolveServer } from '../../src/model/fleet.js';
import type { JobContext, JobEvidence, RelayActivities } from '../../src/model/activities.js';
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
import { atHand, relayActivities } from '../activities.js';
import { jobStatusQuery, settingsSignal } from '../messages.js';
import { backoffMs } from './backoff.js';
import { asJobError } from './failure.js';
import { OperatorDesk, StepPaused } from './OperatorDesk.js';
import { NewsDesk } from './NewsDesk.js';
import { showRecord, tellMigration } from './tell.js';

/** Wire bytes that must have moved between two failures for the first not to count. */
const PROGRESS_BYTES = 1 << 20;
const DAY_MS = 86_400_000;
/** Step times that a record keeps; of weeks of deltas, the oldest after the job's beginning are dropped. */
const TIMES_KEPT = 100;
const FIRST_TIMES_KEPT = 20;

/** What a job hands over to its next run, where its history has grown long. */
export interface SavedJob {
  readonly record: ServerSummary;
  readonly expiresAtMs: number;
  readonly progressBytes: number;
  readonly nextPass: number;
  readonly cutoverAtMs: number | null;
}

/** A step needs the operator: what failed, and may not pass by itself. */
export class StepFailed extends Error {
  constructor(readonly failure: JobError) {
    super(failure.message);
  }
}

/** The relay has no room for the job now. */
export class RoomNeeded extends StepFailed {
  constructor(
    failure: JobError,
    readonly neededBytes: number,
  ) {
    super(failure);
  }
}

export class Job {
  readonly record: ServerSummary;
  readonly relay: RelayActivities;
  readonly desk: OperatorDesk;
  context: JobContext;
  /** Bytes that came over the wire so far: a failure after real progress is not counted against the job. */
  progressBytes = 0;
  /** Number of the pass that step sync begins or takes up. */
  nextPass: number;
  /** The last word to the migration: whether it is there. */
  private told: Promise<boolean> = Promise.resolve(false);
  /** Public half of the source's key for this job; null: asked for anew, since it may be what a failure came from. */
  publicKey: string | null = null;
  /** What is known of the source, for its relay to keep when the job ends; null: nothing yet. */
  evidence: JobEvidence | null = null;
  /** Goes on removing snapshots that its source has still; null: it has none that we know of. */
  dropper: CancellationScope | null = null;
  private readonly news = new NewsDesk();
  /** When the step that is shown began. */
  private stepBeganAtMs = 0;
  private readonly releases = new Map<string, () => Promise<void>>();

  /** @param saved - Where an earlier run of this job has left off. */
  constructor(
    private input: JobInput,
    saved: SavedJob | null,
  ) {
    const server = resolveServer(input.defaults, input.fleetServer);
    this.context = { job: input.job, server, relay: input.relay, migrationMbps: input.migrationMbps };
    this.relay = relayActivities(input.relay.name);
    this.record = saved?.record ?? newRecord(input, server.name);
    this.progressBytes = saved?.progressBytes ?? 0;
    this.nextPass = saved?.nextPass ?? 1;
    setHandler(jobStatusQuery, () => this.record);
    setHandler(settingsSignal, async (settings) => {
      this.input = { ...this.input, ...settings };
      const edited = resolveServer(settings.defaults, settings.fleetServer);
      this.desk.expiresAtMs += (edited.validDays - this.context.server.validDays) * DAY_MS;
      this.context = { ...this.context, server: edited, migrationMbps: settings.migrationMbps };
      if (this.record.step !== 'sync') return;
      await this.tryTo('the running pass keeps its cap', () => this.relay.limitTransfer(this.context));
    });
    this.desk = new OperatorDesk(
      () => this.record,
      { deleting: () => this.showStatus('Deleting', null), told: () => this.told },
      saved?.expiresAtMs ?? workflowInfo().startTime.getTime() + server.validDays * DAY_MS,
      saved?.cutoverAtMs ?? null,
    );
  }

  /** With {@link SavedJob}, the arguments of the job's next run. */
  save(): [JobInput, SavedJob] {
    const { record, progressBytes, nextPass } = this;
    const { cutoverAtMs, expiresAtMs } = this.desk;
    return [this.input, { record, expiresAtMs, progressBytes, nextPass, cutoverAtMs }];
  }

  /**
   * Runs one step until it succeeds: what {@link attempt} gives up waits for the operator, who lets it try again.
   * @throws JobGivenUp where the operator, or its expiry, ends it; RoomNeeded
   */
  async step<T>(name: JobStep, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await this.attempt(name, work);
      } catch (error) {
        if (error instanceof RoomNeeded) throw error;
        if (error instanceof StepPaused) await this.standStill(name);
        else if (error instanceof StepFailed) {
          await this.waitForRetry(error.failure);
          this.news.retried(name);
        } else throw error;
        await this.waitForPlace(name);
      }
    }
  }

  /**
   * Runs one step. A failure that may pass is repeated with growing pauses, up to the job's `retry.maximumAttempts`
   * without progress.
   * @throws StepFailed for all other failures, StepPaused, JobGivenUp
   */
  async attempt<T>(name: JobStep, work: () => Promise<T>): Promise<T> {
    let progressAtFailure = this.progressBytes;
    for (let failures = 0; ;) {
      this.stepBeganAtMs = Date.now();
      try {
        this.desk.throwIfAsked();
        this.record.attempts = failures + 1;
        await this.show('Running', name);
        const result = await this.desk.interruptible(work);
        this.noteTime(this.record.step ?? name, 'done');
        return result;
      } catch (error) {
        const failure = asJobError(error, this.record.step ?? name, this.record.name);
        if (failure === null) throw error;
        this.noteTime(failure.step, 'failed');
        this.news.failed(failure);
        this.publicKey = null;
        // With other snapshots it all begins anew: what came of the last ones is no progress.
        const isProgress =
          failure.code !== 'E-SNAPSHOT' && this.progressBytes - progressAtFailure > PROGRESS_BYTES;
        if (isProgress) failures = 0;
        progressAtFailure = this.progressBytes;
        failures += 1;
        await this.pauseAfter(failure, failures);
      }
    }
  }

  /**
   * What is attempted has come to another step: from here on it is shown, timed and fails as that one. Repeated it is as
   * a whole.
   */
  async goOnTo(step: JobStep): Promise<void> {
    if (this.record.step === step) return;
    if (this.record.step !== null) this.noteTime(this.record.step, 'done');
    this.stepBeganAtMs = Date.now();
    await this.show('Running', step);
  }

  /** Takes over what a pass came to. */
  noteWire(settled: { wireBytes: number; usedBytes: number }, kind: PassSpec['kind']): void {
    this.progressBytes = settled.wireBytes;
    if (this.record.sync === null) return;
    this.record.sync.wireBytes = settled.wireBytes;
    if (kind !== 'verify') this.record.sync.logicalBytes = settled.usedBytes;
  }

  /** Registers what must be released when the job ends, however it does, once; run last made, first released. */
  onCleanUp(what: string, release: () => Promise<void>): void {
    this.releases.set(what, release);
  }

  /** What was registered is not there after all. */
  noCleanUp(what: string): void {
    this.releases.delete(what);
  }

  /** Releases all that was registered. What succeeded is not run again by a retry. */
  async cleanUp(): Promise<void> {
    this.dropper?.cancel();
    for (const [what, release] of [...this.releases].reverse()) {
      await release();
      this.releases.delete(what);
    }
  }

  /** Releases what can be released of a job that is given up; what cannot is told in its remarks. */
  async releaseWhatCan(): Promise<void> {
    this.dropper?.cancel();
    for (const [what, release] of [...this.releases].reverse()) {
      this.releases.delete(what);
      await this.tryTo('not removed', release);
    }
  }

  /** Shows a status that is not a running step's. */
  async showStatus(status: JobStatus, reason: string | null): Promise<void> {
    this.record.reason = reason;
    await this.show(status, this.record.step);
  }

  /** Writes the result of a job that is brought to its end, makes it final, and tells the migration. */
  async finish(): Promise<ServerResult> {
    this.record.endedAt = new Date().toISOString();
    const writeResult = async (): Promise<void> => {
      await this.keepResult('Finished');
      await this.recordResult('Finished');
    };
    try {
      await writeResult();
    } catch (error) {
      if (asJobError(error, 'clean-up', this.record.name) === null) throw error;
      // What nobody could read later is not finished.
      await this.step('clean-up', writeResult);
    }
    return this.tellEnd('Finished');
  }

  /** The end of a job that is given up; a result that cannot be written does not keep it open. */
  async end(status: JobStatus): Promise<ServerResult> {
    this.record.endedAt = new Date().toISOString();
    await this.tryTo('its result is not kept on the relay', () => this.keepResult(status));
    await this.tryTo('its result is not recorded', () => this.recordResult(status));
    return this.tellEnd(status);
  }

  /** The end of a deleted job: nothing of it is kept. */
  async forget(): Promise<ServerResult> {
    await this.tryTo('its record is not removed', () => atHand.forgetResult(this.input.job));
    return this.tellEnd('Cancelled');
  }

  private keepResult(status: JobStatus): Promise<void> {
    return this.relay.keepResult(this.context, this.result(status), this.evidence ?? undefined);
  }

  private recordResult(status: JobStatus): Promise<void> {
    return atHand.recordResult(this.input.job.migration, this.result(status));
  }

  /** Does what a job can go on without; what fails is told in its remarks. */
  async tryTo(otherwise: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const failure = asJobError(error, 'clean-up', this.record.name);
      if (failure === null) throw error;
      const remark = `${otherwise}, ${failure.code}: ${failure.message}`;
      this.record.remarks = [...(this.record.remarks ?? []), remark];
      return false;
    }
  }

  private async tellEnd(status: JobStatus): Promise<ServerResult> {
    this.record.reason = null;
    this.setStatus(status, null);
    await tellMigration(this.input.coordinator, this.record, this.news.take());
    return this.result(status);
  }

  private result(status: JobStatus): ServerResult {
    const { phase: _phase, reason: _reason, told: _told, ...result } = this.record;
    return { ...result, status };
  }

  /** The pause before a failed step is repeated. @throws StepFailed where it is not */
  private async pauseAfter(failure: JobError, failures: number): Promise<void> {
    const { retry } = this.context.server;
    if (!failure.retryable || failures >= retry.maximumAttempts) throw new StepFailed(failure);
    this.record.error = failure;
    this.news.retried(failure.step);
    const pauseMs = backoffMs(retry.initialIntervalMs, failures);
    this.record.reason = `${failure.code}, attempt ${String(failures + 1)} in ${String(Math.round(pauseMs / 1000))} s`;
    await this.show('Running', failure.step);
    try {
      await this.desk.waitForPause(pauseMs);
    } finally {
      this.record.error = null;
      this.record.reason = null;
    }
  }

  private async waitForRetry(failure: JobError): Promise<void> {
    this.record.error = failure;
    this.record.reason = failure.remedy;
    this.desk.askOperator();
    await this.show('InError', failure.step);
    await this.desk.waitForOperator();
    this.record.error = null;
  }

  /** Stands still until the operator resumes it; a closed window only takes its place. */
  async standStill(step: JobStep): Promise<void> {
    if (this.desk.takeEffect() === 'hold') return;
    this.record.reason = `paused before the end of step ${step}`;
    this.desk.askOperator();
    await this.show('Stopped', step);
    await this.desk.waitForOperator();
    this.record.reason = null;
  }

  /**
   * What stood still holds no place: the migration gives it one again.
   * @returns false where there is no migration: it just goes on
   */
  async waitForPlace(step: JobStep, reason = 'waits for a free place'): Promise<boolean> {
    for (;;) {
      this.record.reason = reason;
      this.desk.askForPlace();
      const isTold = await this.show('Queued', step);
      try {
        if (isTold) await this.desk.waitForPlace();
        this.record.reason = null;
        return isTold;
      } catch (error) {
        if (!(error instanceof StepPaused)) throw error;
        await this.standStill(step);
      }
    }
  }

  /** Holds no place until the migration says that its relay has room. Without a migration the operator has to say so. */
  async waitForRoom(step: JobStep, { failure, neededBytes }: RoomNeeded): Promise<void> {
    this.record.roomBytes = neededBytes;
    try {
      if (!(await this.waitForPlace(step, failure.message))) await this.waitForRetry(failure);
    } finally {
      delete this.record.roomBytes;
    }
  }

  private async show(status: JobStatus, step: JobStep | null): Promise<boolean> {
    this.setStatus(status, step);
    this.told = tellMigration(this.input.coordinator, this.record, this.news.take());
    return this.told;
  }

  private setStatus(status: JobStatus, step: JobStep | null): void {
    this.record.status = status;
    if (step !== null) this.record.step = step;
    this.record.phase = status === 'Running' && step !== null ? PHASE_OF_STEP[step] : null;
    showRecord(this.input.job.migration, { ...this.record, step });
  }

  private noteTime(step: JobStep, outcome: 'done' | 'failed'): void {
    const startedAtMs = this.stepBeganAtMs;
    const times = (this.record.times ??= []);
    const seconds = (Date.now() - startedAtMs) / 1000;
    const time = { step, startedAt: new Date(startedAtMs).toISOString(), seconds, outcome };
    times.push(time);
    this.news.took(time);
    if (times.length > TIMES_KEPT) times.splice(FIRST_TIMES_KEPT, 1);
  }
}

function newRecord(input: JobInput, name: string): ServerSummary {
  return {
    name,
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
}
