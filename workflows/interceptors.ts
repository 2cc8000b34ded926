/** What comes into a workflow unsigned is refused here; src/temporal/dataConverter.ts has marked it. */
import {
  log,
  workflowInfo,
  type ApplicationFailure,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptorsFactory,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { isRefused, refusalOf } from '../src/model/refusal.js';
import { jobFailure } from './job/failure.js';
import { summaryOf } from './summaries.js';

export const interceptors: WorkflowInterceptorsFactory = () => ({ inbound: [inbound], outbound: [outbound] });

const inbound: WorkflowInboundCallsInterceptor = {
  execute: async (input, next) => {
    const reason = refusalOf(input.args);
    if (reason === null) return next(input);
    const failure = refused('the input', reason);
    if (reason === 'unsigned') throw failure;
    // A worker with another key sees every input so: it must not end what others have begun. Temporal asks again.
    throw new Error(failure.message);
  },
  handleSignal: async (input, next) => {
    const reason = refusalOf(input.args);
    if (reason === null) return next(input);
    log.warn(refused(`the signal ${input.signalName}`, reason).message);
  },
  handleUpdate: async (input, next) => {
    const reason = refusalOf(input.args);
    if (reason === null) return next(input);
    throw refused(`the update ${input.name}`, reason);
  },
  handleQuery: async (input, next) => {
    // Questions without an argument are anybody's: what a workflow knows stands in its history too.
    if (!input.args.some(isRefused)) return next(input);
    throw refused(`the query ${input.queryName}`, 'unsigned');
  },
};

const outbound: WorkflowOutboundCallsInterceptor = {
  scheduleActivity: async (input, next) => {
    // Signatures are bound to the id: with the type in it, none of one activity is good for another.
    const activityId = `${input.activityType}-${String(input.seq)}`;
    const summary = summaryOf(input.activityType, input.args);
    const options = { ...input.options, activityId, ...(summary === undefined ? {} : { summary }) };
    const result = await next({ ...input, options });
    return trusted(input.activityType, result);
  },
  scheduleLocalActivity: async (input, next) => trusted(input.activityType, await next(input)),
};

/** @throws E-PAYLOAD. Nothing at all is unsigned too: our workers answer at least null. */
function trusted(activity: string, result: unknown): unknown {
  const reason = refusalOf(result === undefined ? [] : [result]);
  if (reason === null) return result;
  throw refused(`the result of ${activity}`, reason);
}

function refused(what: string, reason: string): ApplicationFailure {
  return jobFailure('E-PAYLOAD', `${what} of ${workflowInfo().workflowId} is ${reason}: refused`);
}
