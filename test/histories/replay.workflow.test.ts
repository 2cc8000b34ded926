/** Jobs live for weeks: today's workflows must be able to go on with what earlier versions have begun. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Worker, type ReplayWorkerOptions } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, expect, it } from 'vitest';
import * as workflows from '../../workflows/index.js';
import { bundleWorkflows } from '../support/bundle.js';
import { benchPayloads } from '../support/payloads.js';
import { readHistories } from './files.js';

const histories = readHistories(import.meta.dirname);
let options: ReplayWorkerOptions;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleetlift-replay-'));
  const { worker } = benchPayloads(join(folder, 'payload.key'));
  rmSync(folder, { recursive: true });
  options = { workflowBundle: await bundleWorkflows(), dataConverter: worker };
});

it('replays every recorded history', async () => {
  const failed: string[] = [];
  const replays = Worker.runReplayHistories(options, histories.values());
  for await (const { workflowId, error } of replays) {
    if (error !== undefined) failed.push(`${workflowId}: ${error.message}`);
  }
  expect(failed).toEqual([]);
});

it('has a history of every workflow', () => {
  const recorded = [...histories.values()].map(
    ({ history }) => history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name,
  );
  expect(new Set(recorded)).toEqual(new Set(Object.keys(workflows)));
});

it.each<[string, Record<string, string>]>([
  ['another activity in its place', { importSource: 'dropSource' }],
  ['another order of activities', { openForVerify: 'compare', compare: 'openForVerify' }],
])('refuses a history with %s', async (_what, names) => {
  const recorded = [...histories].find(([file]) => file.endsWith('once.web1'))?.[1];
  if (recorded === undefined) throw new Error('the history of a job is missing');
  const changed = renamed(recorded.history, names);
  await expect(Worker.runReplayHistory(options, changed, recorded.workflowId)).rejects.toBeInstanceOf(
    DeterminismViolationError,
  );
});

/** The history with other names of activities, as another version of the workflow would have called them. */
function renamed(history: History, names: Record<string, string>): History {
  const changed = structuredClone(history);
  let renames = 0;
  for (const { activityTaskScheduledEventAttributes: scheduled } of changed.events ?? []) {
    const name = names[scheduled?.activityType?.name ?? ''];
    if (name === undefined || !scheduled) continue;
    scheduled.activityId = (scheduled.activityId ?? '').replace(/^[^-]*/, name);
    scheduled.activityType = { name };
    renames += 1;
  }
  expect(renames).toBe(Object.keys(names).length);
  return changed;
}
