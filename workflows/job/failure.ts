import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { CATALOGUE, isErrorCode } from '../../src/errors/catalogue.js';
import { remedyFor } from '../../src/errors/remedy.js';
import type { JobError, JobStep } from '../../src/model/job.js';

/**
 * Reads a failure of an activity, or one thrown in a step; null: not ours (cancellation, a defect of the workflow).
 * @param server its name, which remedies tell in their commands
 */
export function asJobError(error: unknown, step: JobStep, server: string): JobError | null {
  const failure = readFailure(error, step);
  return failure === null ? null : { ...failure, remedy: remedyFor(failure.remedy, server) };
}

function readFailure(error: unknown, step: JobStep): JobError | null {
  if (isCancellation(error)) return null;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure))
    return error instanceof ActivityFailure ? lost(error, step) : null;
  const code = cause.type ?? '';
  if (!isErrorCode(code)) return { ...internal(step), message: cause.message };
  const details = cause.details?.[0] as { remedy?: string; retryable?: boolean } | undefined;
  return {
    code,
    step,
    message: cause.message,
    remedy: details?.remedy ?? CATALOGUE[code].remedy,
    retryable: details?.retryable ?? CATALOGUE[code].retryable,
  };
}

/** Timeouts and the like that Temporal itself gave up on. */
function lost(error: ActivityFailure, step: JobStep): JobError {
  const { remedy, retryable } = CATALOGUE['E-WORKER-LOST'];
  return { code: 'E-WORKER-LOST', step, message: error.cause?.message ?? error.message, remedy, retryable };
}

function internal(step: JobStep): JobError {
  const { remedy, retryable } = CATALOGUE['E-INTERNAL'];
  return { code: 'E-INTERNAL', step, message: '', remedy, retryable };
}

/** An error of the catalogue thrown by workflow code itself. */
export function jobFailure(
  code: keyof typeof CATALOGUE,
  message: string,
  remedy?: string,
): ApplicationFailure {
  const entry = CATALOGUE[code];
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: true,
    details: [{ remedy: remedy ?? entry.remedy, retryable: entry.retryable }],
  });
}
