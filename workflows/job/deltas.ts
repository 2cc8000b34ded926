/** Between the first sync and the cutover: deltas, with the job Waiting in between. */
import { continueAsNew } from '@temporalio/workflow';
import type { jobWorkflow } from '../server.js';
import type { Job } from './Job.js';
import { StepPaused, type Turn } from './OperatorDesk.js';
import { withRoom } from './room.js';
import { sendDelta, type SyncedReplica } from './sync.js';

/**
 * Sends a delta every `sync.every`, and whenever the operator asks for one, until the cutover is due. What waits holds
 * no place; a delta takes one like any sync. Where the history has grown long, the job goes on in a new run.
 */
export async function deltasUntilCutover(job: Job, synced: SyncedReplica): Promise<void> {
  for (;;) {
    const turn = await waitForTurn(job);
    if (turn === 'next run') {
      const [input, saved] = job.save();
      await continueAsNew<typeof jobWorkflow>(input, { ...saved, synced });
      return;
    }
    await job.waitForPlace('sync');
    if (turn === 'cutover') return;
    await withRoom(job, 'sync', () =>
      job.step('sync', async () => {
        await sendDelta(job, synced);
        await job.relay.restReplica(job.context);
      }),
    );
  }
}

async function waitForTurn(job: Job): Promise<Turn> {
  const nextAtMs = (): number =>
    Date.parse(job.record.sync?.syncedAt ?? '') + job.context.server.sync.everyMs;
  for (;;) {
    try {
      return await job.desk.waitForTurn(nextAtMs, () => job.showStatus('Waiting', reason(job, nextAtMs())));
    } catch (error) {
      if (!(error instanceof StepPaused)) throw error;
      await job.standStill('sync');
    }
  }
}

/** What it waits for, in the operator's words. */
function reason({ desk, record }: Job, nextAtMs: number): string {
  const { cutoverAtMs, cutoverMissed } = desk;
  const parts = [`next delta at ${new Date(nextAtMs).toISOString()}`];
  if (record.error !== null) parts.unshift(`its cutover failed: ${record.error.code}`);
  if (cutoverAtMs !== null) parts.push(`cutover at ${new Date(cutoverAtMs).toISOString()}`);
  else if (cutoverMissed !== null)
    parts.push(`cutover at ${cutoverMissed} was missed: nothing of fleetlift ran then`);
  else parts.push(`fleetlift cutover ${record.name}`);
  return parts.join(', ');
}
