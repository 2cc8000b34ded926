import type { StepNews } from '../../src/model/figures.js';
import type { JobError, JobStep, StepTime } from '../../src/model/job.js';

/** Keeps what has become of a job's steps until it is told: metrics count it once, where it is told. */
export class NewsDesk {
  private times: StepTime[] = [];
  private failures: { step: JobStep; code: string }[] = [];
  private retries: JobStep[] = [];

  took(time: StepTime): void {
    this.times.push(time);
  }

  failed({ step, code }: JobError): void {
    this.failures.push({ step, code });
  }

  retried(step: JobStep): void {
    this.retries.push(step);
  }

  /** What is new since the last call. */
  take(): StepNews {
    const { times, failures, retries } = this;
    [this.times, this.failures, this.retries] = [[], [], []];
    return { times, failures, retries };
  }
}
