import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { FailureInterceptor } from './failures.js';
import { SignatureInterceptor } from './signatures.js';

/** What every worker wraps its activities in, the outermost first. */
export const activityInterceptors: ActivityInterceptorsFactory[] = [
  () => ({ inbound: new FailureInterceptor() }),
  () => ({ inbound: new SignatureInterceptor() }),
];
