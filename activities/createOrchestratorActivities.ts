import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { OrchestratorActivities } from '../src/model/activities.js';
import type { StateLayout } from '../src/state/layout.js';
import { removeResult } from '../src/state/results.js';
import { importSource, refreshSource } from './import.js';
import { preflight, reachRelay } from './preflight.js';
import { endStillness, holdStill, quiesce } from './quiesce.js';
import { earlierResults, findClosedJobs, recordResult } from './records.js';
import { startScheduledWave } from './scheduledWave.js';
import { dropSnapshots, holdSnapshots, takeSnapshots } from './snapshots.js';
import { releaseSource } from './sourceLock.js';
import { makeTransferKey, runPass } from './sync.js';
import { tellMigration } from './tellMigration.js';
import { withHeartbeat } from './support/heartbeat.js';
import { withAgent } from './support/source.js';
import { checkBoot, compare } from './verify.js';

export interface OrchestratorDeps {
  readonly client: Client;
  readonly layout: StateLayout;
}

/** The activities of the orchestrator: all work over SSH, and the records. */
export function createOrchestratorActivities({ client, layout }: OrchestratorDeps): OrchestratorActivities {
  // A worker that shuts down leaves the transfer running; only a pause or cancel of the workflow stops it.
  const stopRequested = (): boolean => Context.current().cancellationDetails?.cancelRequested === true;
  return {
    preflight,
    reachRelay,
    importSource: (context, facts, sourceId) => importSource(client, context, facts, sourceId),
    makeTransferKey,
    runPass: (context, pass) => runPass(context, pass, stopRequested),
    compare: (context, pass, passStartedAt) => compare(context, pass, passStartedAt, stopRequested),
    refreshSource,
    quiesce,
    holdStill,
    endStillness,
    takeSnapshots,
    holdSnapshots,
    dropSnapshots,
    checkBoot,
    removeAgent: (context) =>
      withHeartbeat({ step: 'clean-up', detail: 'removing the agent' }, ({ signal }) =>
        withAgent(context, signal, (agent) => agent.remove()),
      ),
    releaseSource: (sourceId, job) => releaseSource(client, sourceId, job),
    recordResult: (migration, result) => {
      recordResult(layout, migration, result);
      return Promise.resolve();
    },
    forgetResult: (job) => {
      removeResult(layout, job);
      return Promise.resolve();
    },
    earlierResults: (migration) => Promise.resolve(earlierResults(layout, migration)),
    findClosedJobs: (ids) => findClosedJobs(client, ids),
    startScheduledWave: (wave) => startScheduledWave(client, layout, wave),
    tellMigration: (migration, summary, news) => tellMigration(client, migration, summary, news),
  };
}
