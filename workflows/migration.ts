/** A migration: its waves in order, the servers of a wave in parallel within limits. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
  type SignalDefinition,
} from '@temporalio/workflow';
import { jobId, migrationId, type MigrationResult } from '../src/model/job.js';
import type { JobInput, MigrationInput } from '../src/model/messages.js';
import { orchestrator } from './activities.js';
import {
  admitSignal,
  approveUpdate,
  editUpdate,
  holdSignal,
  lookForLostJobsSignal,
  migrationFiguresQuery,
  migrationStatusQuery,
  operateServerUpdate,
  searchAttributes,
  serverChangedSignal,
  settingsSignal,
} from './messages.js';
import { FleetState, type SavedFleetState } from './migration/FleetState.js';
import { describeFleet } from './migration/describe.js';
import { watchRelays } from './migration/relays.js';
import type { jobWorkflow } from './server.js';

/** In-flight jobs are looked at this often, since one that was terminated never signals. */
const LOST_CHECK_MS = 3 * 60_000;

export async function migrationWorkflow(
  input: MigrationInput,
  saved?: SavedFleetState,
): Promise<MigrationResult> {
  const fleet = new FleetState(input, saved ?? null, new Date().toISOString());
  const coordinator = migrationId(input.fleet.name);
  const noticed = { changed: true, lookForLost: false };
  setHandler(migrationStatusQuery, () => fleet.status(Date.now()));
  setHandler(migrationFiguresQuery, () => fleet.figures());
  setHandler(serverChangedSignal, (summary) => {
    fleet.update(summary);
    noticed.changed = true;
  });
  setHandler(lookForLostJobsSignal, () => {
    noticed.lookForLost = true;
  });
  setHandler(operateServerUpdate, async (operation, server) => {
    noticed.changed = true;
    const answer = fleet.operate(operation, server);
    // It has no job that would record it.
    const skipped = operation === 'skip' && typeof answer !== 'string' && answer.accepted;
    const result = skipped ? fleet.resultOf(server) : null;
    if (result !== null) await orchestrator.recordResult(input.fleet.name, result);
    return answer;
  });
  setHandler(approveUpdate, (wave) => {
    noticed.changed = true;
    return fleet.approve(wave);
  });
  setHandler(editUpdate, async (edited) => {
    // Before the edit, which is one moment: also what is added may be finished already.
    const isWider = !fleet.isEnding() && fleet.addedBy(edited).length > 0;
    const earlier = isWider ? await orchestrator.earlierResults(input.fleet.name) : [];
    if (fleet.isEnding()) return null;
    noticed.changed = true;
    const snapshotIsFree = (): boolean => patched('snapshots change in flight');
    const { answer, changed } = fleet.edit(edited, earlier, snapshotIsFree);
    for (const { job, settings } of changed) await tell(job, settingsSignal, noticed, settings);
    return answer;
  });
  upsertSearchAttributes([{ key: searchAttributes.migration, value: input.fleet.name }]);

  if (saved === undefined) fleet.takeEarlier(await orchestrator.earlierResults(input.fleet.name));
  watchRelays(fleet, () => {
    noticed.changed = true;
  }).catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  // Before the first start, since a relay may serve fewer servers than the inventory says.
  await condition(() => fleet.isOver() || !fleet.mustAskRelays());
  while (!fleet.isOver()) {
    // Before the look, not after it: what changes while we wait for a child to start must be seen too.
    noticed.changed = false;
    for (const job of fleet.toHold(Date.now())) await tell(job, holdSignal, noticed, coordinator);
    for (let next = fleet.nextToAdmit(Date.now()); next !== null; next = fleet.nextToAdmit(Date.now())) {
      fleet.markAdmitted(next);
      await tell(next.job, admitSignal, noticed, coordinator);
    }
    for (let next = fleet.nextToStart(Date.now()); next !== null; next = fleet.nextToStart(Date.now())) {
      fleet.markStarted(next);
      if (!(await startJob({ ...next, coordinator }))) fleet.markTaken(next);
    }
    setCurrentDetails(describeFleet(fleet.status(Date.now())));
    const lookNow = (): boolean =>
      noticed.changed || noticed.lookForLost || workflowInfo().continueAsNewSuggested;
    const window = fleet.untilWindowChanges(Date.now()) ?? LOST_CHECK_MS;
    if (!(await condition(lookNow, Math.min(window, LOST_CHECK_MS))) || noticed.lookForLost) {
      noticed.lookForLost = false;
      fleet.markLost(await orchestrator.findClosedJobs(fleet.inFlight()));
    }
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof migrationWorkflow>(fleet.current(), fleet.save());
    }
  }
  setCurrentDetails(describeFleet(fleet.status(Date.now())));
  // Who has asked meanwhile gets his answer.
  await condition(allHandlersFinished);
  return fleet.result(Date.now());
}

/** Starts a job; false: one of that number is open, as one that expired is, or one that was deleted at its very end. */
async function startJob(input: JobInput): Promise<boolean> {
  try {
    await startChild<typeof jobWorkflow>('jobWorkflow', {
      args: [input],
      workflowId: jobId(input.job),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${input.job.server} (wave ${input.wave})`,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** Signals a job. */
async function tell<Args extends [unknown, ...unknown[]]>(
  job: string,
  signal: SignalDefinition<Args>,
  noticed: { lookForLost: boolean },
  ...args: Args
): Promise<void> {
  try {
    await getExternalWorkflowHandle(job).signal(signal, ...args);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // It has ended meanwhile: its place is freed by the look at lost jobs.
    noticed.lookForLost = true;
  }
}
