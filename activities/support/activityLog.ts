import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { Logger } from 'pino';
import { jobId, type JobRef } from '../../src/model/job.js';
import type { ServerSummary } from '../../src/model/messages.js';

/** Questions that are asked all the time, or by somebody who looks: only with the level debug. */
const QUESTIONS: readonly string[] = [
  'askRelay',
  'readLogs',
  'readScreenshots',
  'receiverState',
  'holdStill',
  'holdSnapshots',
];

/** One line for each activity that has ended, and for each word of how a server stands. */
export class ActivityLog implements ActivityInboundCallsInterceptor {
  constructor(private readonly logger: Logger) {}

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const { activityType, attempt } = Context.current().info;
    const began = performance.now();
    const about = { ...subject(activityType, input.args), activity: activityType, attempt };
    const seconds = (): number => Math.round((performance.now() - began) / 10) / 100;
    try {
      const answer = await next(input);
      const level = QUESTIONS.includes(activityType) ? 'debug' : 'info';
      this.logger[level]({ ...about, seconds: seconds() }, `${activityType} done`);
      return answer;
    } catch (error) {
      this.tellEnd(error, { ...about, seconds: seconds() });
      throw error;
    }
  }

  private tellEnd(error: unknown, about: { readonly activity: string; readonly seconds: number }): void {
    if (error instanceof CancelledFailure) {
      this.logger.info(about, `${about.activity} was stopped`);
      return;
    }
    const code = error instanceof ApplicationFailure ? error.type : undefined;
    const message = error instanceof Error ? error.message : String(error);
    this.logger.warn({ ...about, code }, `${about.activity} failed: ${message}`);
  }
}

/** Whom an activity is about, by its input: that of its job, or the word to its migration. */
function subject(activity: string, args: readonly unknown[]): object {
  if (activity === 'tellMigration') {
    const { name, job, status, phase, step, attempts, error } = args[1] as ServerSummary;
    return { server: name, job, status, phase, step, attempts, code: error?.code };
  }
  const { job } = (args[0] ?? {}) as { readonly job?: JobRef };
  if (job === undefined) return {};
  return { migration: job.migration, server: job.server, job: jobId(job) };
}
