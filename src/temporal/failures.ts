import { isGrpcServiceError, QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';

/** gRPC statuses that pass: cancelled, deadline, exhausted, failed precondition (no worker asks), unavailable. */
const PASSING = [1, 4, 8, 9, 14];

/** What a call past the client's own methods gets. */
const NOT_FOUND = [5];

/** Whether Temporal or its worker is only away for now. */
export function isPassing(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof WorkflowNotFoundError) return false;
    // A workflow that has not run its first lines yet knows no query.
    if (cause instanceof QueryNotRegisteredError) return true;
    if (isGrpcServiceError(cause) && PASSING.includes(cause.code)) return true;
  }
  // A closed channel of the client library is a plain error.
  return (
    error instanceof Error && /channel has been (closed|shut down)|Connection dropped/i.test(error.message)
  );
}

/** Whether there is no such workflow. */
export function isNotFound(error: unknown): boolean {
  return (
    error instanceof WorkflowNotFoundError || (isGrpcServiceError(error) && NOT_FOUND.includes(error.code))
  );
}
