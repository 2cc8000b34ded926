/** Where the operator's requests to a job arrive, are answered at once, and wait until the job can follow. */
import { CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow';
import type { JobStatus, JobStep } from '../../src/model/job.js';
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

interface Shown {
  readonly name: string;
  readonly status: JobStatus;
  readonly step: JobStep | null;
}

export class OperatorDesk {
  private pauseAsked = false;
  private goOnAsked = false;
  private admitted = false;
  private held = false;
  private givenUp: GivenUp | null = null;
  /** `interrupted`: it was cancelled to stand still, and does so even if the pause is taken back meanwhile. */
  private running: { readonly scope: CancellationScope; interrupted: boolean } | null = null;

  /** @param expiresAtMs - When a job that does not run is given up. */
  constructor(
    private readonly shown: () => Shown,
    private readonly expiresAtMs: number,
  ) {
    setHandler(operateUpdate, (operation) => {
      const { name, ...view } = shown();
      const judgement = judgeOperation(operation, name, { ...view, pausing: this.pauseAsked });
      if (judgement.accepted) this.take(operation);
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

  get pausing(): boolean {
    return this.pauseAsked;
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

  /** From now on the operator may answer, which can be quicker than our wait for it. */
  askOperator(): void {
    this.goOnAsked = false;
  }

  /** Waits for the operator: `retry` or `resume`. @throws JobGivenUp */
  async waitForOperator(): Promise<void> {
    const left = Math.max(1, this.expiresAtMs - Date.now());
    if (!(await condition(() => this.goOnAsked || this.givenUp !== null, left))) this.givenUp = 'expiry';
    this.throwIfGivenUp();
  }

  /** A pause between attempts; a request of the operator ends it early. @throws JobGivenUp, StepPaused */
  async waitForPause(pauseMs: number): Promise<void> {
    await condition(() => this.pauseAsked || this.givenUp !== null, pauseMs);
    this.throwIfGivenUp();
    if (this.pauseAsked) throw new StepPaused();
  }

  /** From now on a place may be given; the migration may be quicker than our wait for it. */
  askForPlace(): void {
    this.admitted = false;
  }

  /** Waits for a place among the servers that run. @throws JobGivenUp */
  async waitForPlace(): Promise<void> {
    await condition(() => this.admitted || this.givenUp !== null);
    this.throwIfGivenUp();
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
      case 'cutover':
        throw new Error(`no job is in a state for ${operation}`);
    }
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
