import { Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { FleetliftError } from '../../src/errors/FleetliftError.js';
import { refusalOf } from '../../src/model/refusal.js';

/** Runs no activity whose input is not signed, or is signed for another activity. */
export class SignatureInterceptor implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const { activityId, activityType, isLocal } = Context.current().info;
    // What is local comes out of a workflow of this very worker, and never from Temporal.
    const isMeant = isLocal || activityId.startsWith(`${activityType}-`);
    const reason = isMeant ? refusalOf(input.args) : 'forged';
    if (reason !== null) {
      throw new FleetliftError('E-PAYLOAD', { message: `the input of ${activityId} is ${reason}: refused` });
    }
    // A workflow takes no answer without a payload, since nothing of it is signed.
    return (await next(input)) ?? null;
  }
}
