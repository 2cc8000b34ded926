import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import { ActivityLog } from './activityLog.js';
import { FailureInterceptor } from './failures.js';
import { SignatureInterceptor } from './signatures.js';

/** What every worker wraps its activities in, the outermost first. */
export function activityInterceptors(logger: Logger): ActivityInterceptorsFactory[] {
  return [
    () => ({ inbound: new ActivityLog(logger) }),
    () => ({ inbound: new FailureInterceptor() }),
    () => ({ inbound: new SignatureInterceptor() }),
  ];
}
