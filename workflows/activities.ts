/** The activities as workflows call them, each with the time limits that fit it. */
import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { OrchestratorActivities, RelayActivities } from '../src/model/activities.js';
import { ORCHESTRATOR_QUEUE, relayQueue } from '../src/model/job.js';

/** A dead worker is noticed after this long without a heartbeat. */
const heartbeatTimeout = '20s';
/** Limit of one activity's run: a sync may take days, and is watched by its heartbeat instead. */
const startToCloseTimeout = '30 days';
/** Failures of ours are never repeated by Temporal; timeouts and shutdowns always are, soon. */
const retry = { initialInterval: '1s', maximumInterval: '10s', backoffCoefficient: 2 };

export const orchestrator = proxyActivities<OrchestratorActivities>({
  taskQueue: ORCHESTRATOR_QUEUE,
  heartbeatTimeout,
  startToCloseTimeout,
  retry,
});

/**
 * What takes a moment, and needs no connection but Temporal's own: done by the worker that has the workflow at hand, so
 * that it costs a history one event and not six.
 */
export const atHand = proxyLocalActivities<
  Pick<OrchestratorActivities, 'tellMigration' | 'releaseSource' | 'recordResult' | 'forgetResult'>
>({ startToCloseTimeout: '30s', retry });

/** The same, for what goes on until it is cancelled: it is let go at once. */
export const holder = proxyActivities<Pick<OrchestratorActivities, 'holdStill' | 'holdSnapshots'>>({
  taskQueue: ORCHESTRATOR_QUEUE,
  heartbeatTimeout,
  startToCloseTimeout,
  retry,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});

/** The activities of the relay that serves a job. */
export function relayActivities(relay: string): RelayActivities {
  return proxyActivities<RelayActivities>({
    taskQueue: relayQueue(relay),
    heartbeatTimeout,
    startToCloseTimeout,
    retry,
  });
}

/** The same, for what a migration wants to know now: a relay that is not there does not answer. */
export function relayQuestion(relay: string): Pick<RelayActivities, 'askRelay' | 'inspectRelay'> {
  return proxyActivities<RelayActivities>({
    taskQueue: relayQueue(relay),
    scheduleToCloseTimeout: '20s',
    retry,
  });
}

/** The same, for work that only watches: it is let go at once when it is no longer wanted. */
export function relayWatch(relay: string): Pick<RelayActivities, 'watchReceiver'> {
  return proxyActivities<RelayActivities>({
    taskQueue: relayQueue(relay),
    heartbeatTimeout,
    startToCloseTimeout,
    retry,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  });
}
