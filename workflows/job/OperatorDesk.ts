/** Where the operator's requests to a job arrive, are answered at once, and wait until the job can follow. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { JobStatus } from '../../src/model/job.js';
import type { CommandAnswer, ServerSummary } from '../../src/model/messages.js';
import { judgeOperation, type Operation } from '../../src/model/operations.js';
import { admitSignal, holdSignal, operateUpdate } from '../messages.js';

/** How a job ends before it is finished. */
export type GivenUp = 'cancel' | 'skip' | 'delete' | 'expiry';

/** Thrown out of a step when the job is given up. */
export class JobGivenUp extends Error {
  constructor(readonly how: GivenUp) {
    super(`given up: ${how}`);
  }
}

/** Thrown out of a step that a pause has interrupted; it is no failure, and the step is run again on resume. */
export class StepPaused extends Error {}

/** What a waiting incremental job is to do next. */
export type Turn = 'delta' | 'cutover' | 'next run';

/** A cutover whose time passed by longer ago than this, since nothing of ours ran, is not done late. */
const LATE_MS = 10 * 60_000;

/** Where a job does nothing until it is asked to. */
const STANDSTILLS: readonly JobStatus[] = ['Stopped', 'InError', 'Waiting'];

export class OperatorDesk {
  private pauseAsked = false;
  private goOnAsked = false;
  private admitted = false;
  private held = false;
  private givenUp: GivenUp | null = null;
  /** `interrupted`: it was cancelled to stand still, and does so even if the pause is taken back meanwhile. */
  private running: { readonly scope: CancellationScope; interrupted: boolean } | null = null;

  private syncNowAsked = false;
  private cutoverDue = false;
  /** When a cutover was to be that is not done late, ISO; null: none was missed. */
  cutoverMissed: string | null = null;

  /**
   * @param tell - What the migration must know before the operator has his answer: he may ask it next.
   * @param expiresAtMs - When a job that does not run is given up.
   * @param cutoverAtMs - When an incremental job is to be cut over; null: the operator has not said.
   */
  constructor(
    private readonly shown: () => ServerSummary,
    private readonly tell: { readonly deleting: () => Promise<void>; readonly told: () => Promise<unknown> },
    public expiresAtMs: number,
    public cutoverAtMs: number | null,
  ) {
    this.watchCutoverTime();
    setHandler(operateUpdate, async (operation, options = {}) => {
      const judgement = judgeOperation(operation, shown().name, { ...shown(), pausing: this.pauseAsked });
      if (!judgement.accepted) return judgement;
      const { status } = shown();
      if (operation === 'cutover' && options.at !== undefined) return this.takeCutoverTime(options.at);
      this.take(operation);
      if (this.givenUp !== null) await this.tell.deleting();
      else if (STANDSTILLS.includes(status)) await this.untilLeft(status);
      return judgement;
    });
    setHandler(admitSignal, () => {
      this.admitted = true;
    });
    setHandler(holdSignal, () => {
      if (this.shown().step !== 'sync' || this.running === null) return;
      this.held = true;
      this.interrupt();
    });
  }

  /**
   * Runs work that a pause (where it may interrupt) or a giving up cancels.
   * @throws JobGivenUp, StepPaused, and what the work throws by itself
   */
  async interruptible<T>(work: () => Promise<T>): Promise<T> {
    this.throwIfGivenUp();
    const running = { scope: new CancellationScope(), interrupted: false };
    this.running = running;
    try {
      return await running.scope.run(work);
    } catch (error) {
      if (isCancellation(error) || this.givenUp !== null) this.throwIfGivenUp();
      if (isCancellation(error) && running.interrupted) throw new StepPaused();
      throw error;
    } finally {
      this.running = null;
    }
  }

  /** To be asked before a step begins. @throws JobGivenUp, StepPaused */
  throwIfAsked(): void {
    this.throwIfGivenUp();
    if (this.pauseAsked) throw new StepPaused();
  }

  /** From now on the operator may answer, which can be quicker than our wait for it. */
  askOperator(): void {
    this.goOnAsked = false;
  }

  /** Waits for the operator: `retry` or `resume`. @throws JobGivenUp */
  async waitForOperator(): Promise<void> {
    while (!this.goOnAsked && this.givenUp === null) {
      const { expiresAtMs } = this;
      const isAsked = (): boolean => this.goOnAsked || this.givenUp !== null;
      const left = Math.max(1, expiresAtMs - Date.now());
      if (await condition(() => isAsked() || this.expiresAtMs !== expiresAtMs, left)) continue;
      this.givenUp = 'expiry';
    }
    this.throwIfGivenUp();
  }

  /** A pause between attempts; a request of the operator ends it early. @throws JobGivenUp, StepPaused */
  async waitForPause(pauseMs: number): Promise<void> {
    await condition(() => this.pauseAsked || this.givenUp !== null, pauseMs);
    this.throwIfAsked();
  }

  /**
   * Waits between two deltas until there is something to do.
   * @param nextDelta - When the next is due; an edited inventory may change that.
   * @param show - Shows that it waits; called again when what it waits for has changed.
   * @throws JobGivenUp, and StepPaused where the operator asked for a pause
   */
  async waitForTurn(nextDelta: () => number, show: () => Promise<void>): Promise<Turn> {
    for (;;) {
      this.throwIfAsked();
      const { cutoverAtMs, cutoverMissed, expiresAtMs } = this;
      const nextDeltaAtMs = nextDelta();
      await show();
      const turn = (): Turn | 'stop' | null => {
        if (this.givenUp !== null || this.pauseAsked) return 'stop';
        if (this.cutoverDue) return 'cutover';
        if (this.syncNowAsked) return 'delta';
        // Before the next delta: where one takes longer than their distance, there is always one due.
        if (workflowInfo().continueAsNewSuggested && allHandlersFinished()) return 'next run';
        return nextDeltaAtMs <= Date.now() ? 'delta' : null;
      };
      const isOther = (): boolean =>
        this.cutoverAtMs !== cutoverAtMs ||
        this.cutoverMissed !== cutoverMissed ||
        this.expiresAtMs !== expiresAtMs ||
        nextDelta() !== nextDeltaAtMs;
      const until = Math.min(nextDeltaAtMs, expiresAtMs) - Date.now();
      await condition(() => turn() !== null || isOther(), Math.max(1, until));
      this.throwIfAsked();
      const next = turn();
      if (next === 'delta') this.syncNowAsked = false;
      if (next !== null && next !== 'stop') return next;
      if (this.expiresAtMs <= Date.now()) throw new JobGivenUp('expiry');
    }
  }

  /** The cutover begins: its time is over. */
  takeUpCutover(): void {
    this.cutoverAtMs = null;
    this.cutoverDue = false;
    this.cutoverMissed = null;
  }

  /** From now on a place may be given; the migration may be quicker than our wait for it. */
  askForPlace(): void {
    this.admitted = false;
  }

  /** Waits for a place among the servers that run. @throws JobGivenUp, StepPaused */
  async waitForPlace(): Promise<void> {
    await condition(() => this.admitted || this.pauseAsked || this.givenUp !== null);
    this.throwIfGivenUp();
    if (this.pauseAsked) throw new StepPaused();
  }

  /**
   * A pause or a hold has taken effect.
   * @returns whether the operator asked for it, and so has to take it back.
   */
  takeEffect(): 'pause' | 'hold' {
    const effect = this.pauseAsked ? 'pause' : 'hold';
    this.pauseAsked = false;
    this.held = false;
    return effect;
  }

  /** An expired job is kept for a while, in case somebody still wants to look at it. */
  async waitForDelete(forMs: number): Promise<void> {
    this.givenUp = null;
    await condition(() => this.givenUp !== null, forMs);
  }

  private take(operation: Operation): void {
    switch (operation) {
      case 'pause':
        this.pauseAsked = true;
        if (this.shown().step === 'sync') this.interrupt();
        break;
      case 'resume':
      case 'retry':
        this.pauseAsked = false;
        this.goOnAsked = true;
        break;
      case 'cancel':
      case 'skip':
      case 'delete':
        this.givenUp = operation;
        this.running?.scope.cancel();
        break;
      case 'sync-now':
        this.syncNowAsked = true;
        break;
      case 'cutover':
        this.cutoverDue = true;
        break;
    }
  }

  /** Waits until the job goes on from where it stood, and its migration knows. */
  private async untilLeft(status: JobStatus): Promise<void> {
    await condition(() => this.shown().status !== status);
    await this.tell.told();
  }

  private takeCutoverTime(at: string | null): CommandAnswer {
    const { name } = this.shown();
    this.cutoverMissed = null;
    this.cutoverAtMs = at === null ? null : Date.parse(at);
    if (at === null) return { accepted: true, message: `${name} is not cut over until you say so` };
    this.watchCutoverTime();
    return { accepted: true, message: `${name} is cut over at ${at}; deltas go on until then` };
  }

  private watchCutoverTime(): void {
    this.waitForCutoverTime().catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  }

  /** Also while a delta runs: only whether anything of ours ran at that time decides whether it is late. */
  private async waitForCutoverTime(): Promise<void> {
    const atMs = this.cutoverAtMs;
    if (atMs === null) return;
    const changed = await condition(() => this.cutoverAtMs !== atMs, Math.max(1, atMs - Date.now()));
    if (changed) return;
    this.cutoverAtMs = null;
    if (Date.now() - atMs > LATE_MS) this.cutoverMissed = new Date(atMs).toISOString();
    else this.cutoverDue = true;
  }

  private interrupt(): void {
    if (this.running === null) return;
    this.running.interrupted = true;
    this.running.scope.cancel();
  }

  private throwIfGivenUp(): void {
    if (this.givenUp !== null) throw new JobGivenUp(this.givenUp);
  }
}
