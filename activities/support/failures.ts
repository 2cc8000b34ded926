import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { Context } from '@temporalio/activity';
import { FleetliftError } from '../../src/errors/FleetliftError.js';

/** What travels with a failure besides its code and message. */
export interface FailureDetails {
  readonly remedy: string;
  readonly retryable: boolean;
}

/**
 * Turns whatever an activity throws into a failure that the workflow can read: type = code of the catalogue.
 *
 * All are non-retryable for Temporal: the workflow counts and repeats them itself, so that a restart of our own
 * worker (a timeout or a cancellation, repeated by Temporal) costs the server none of its attempts.
 */
export function asFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const known =
    error instanceof FleetliftError
      ? error
      : new FleetliftError('E-INTERNAL', {
          message: error instanceof Error ? (error.stack ?? error.message) : String(error),
          cause: error,
        });
  const details: FailureDetails = { remedy: known.remedy, retryable: known.retryable };
  return ApplicationFailure.create({
    message: known.message,
    type: known.code,
    nonRetryable: true,
    details: [details],
  });
}

/** Applies {@link asFailure} to every activity; a cancelled one ends as cancelled whatever its work threw. */
export class FailureInterceptor implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      if (Context.current().cancellationSignal.aborted) {
        throw new CancelledFailure(
          'the activity was cancelled',
          [],
          error instanceof Error ? error : undefined,
        );
      }
      throw asFailure(error);
    }
  }
}
