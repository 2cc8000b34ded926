/** What a job shows of itself: search attributes, the Temporal UI's details, and a word to its migration. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { StepNews } from '../../src/model/figures.js';
import type { ServerSummary } from '../../src/model/messages.js';
import { atHand } from '../activities.js';
import { searchAttributes } from '../messages.js';
import { describeJob } from './describe.js';

/** Shows the record as it stands. */
export function showRecord(migration: string, record: ServerSummary): void {
  const { name, wave, status, phase, step } = record;
  upsertSearchAttributes([
    { key: searchAttributes.migration, value: migration },
    { key: searchAttributes.wave, value: wave },
    { key: searchAttributes.server, value: name },
    { key: searchAttributes.status, value: status },
    { key: searchAttributes.phase, value: phase },
    { key: searchAttributes.step, value: step },
  ]);
  setCurrentDetails(describeJob(record));
}

/**
 * Tells the migration how the server stands; findings, changes and times are asked of the job itself. A workflow task
 * that is done anew tells again, and what it tells may differ: so each word has the time of its task, which replays alike.
 * @param news - What the worker that tells it counts.
 * @returns false: there is no migration to tell. The job goes on, and its result file tells the outcome.
 */
export async function tellMigration(
  coordinator: string | null,
  record: ServerSummary,
  news: StepNews,
): Promise<boolean> {
  record.told = Math.max((record.told ?? 0) + 1, Date.now());
  if (coordinator === null) return false;
  const { findings: _f, changes: _c, times: _t, remarks: _r, ...summary } = record;
  return atHand.tellMigration(coordinator, summary, news);
}
