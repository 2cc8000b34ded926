import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
  WorkflowFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ORCHESTRATOR_QUEUE } from '../model/job.js';
import {
  judgeSchedule,
  LATEST_START_MINUTES,
  scheduleId,
  scheduleName,
  SPENT_STATES,
  type ScheduledRun,
  type ScheduledWave,
  type ScheduleVerdict,
} from '../model/schedule.js';
import { searchAttributes } from '../../workflows/messages.js';
import { isSame } from '../../workflows/migration/equal.js';
import { isNotFound } from './failures.js';

export interface NewSchedule {
  readonly name: string;
  /** When, ISO; whole seconds. */
  readonly at: string;
  readonly wave: ScheduledWave;
}

/** A schedule as Temporal has it, and how it stands. */
export interface KnownSchedule extends ScheduleVerdict {
  readonly name: string;
  readonly migration: string;
  readonly wave: string;
  readonly at: string;
  /** Id of the workflow that it started; null: none yet. */
  readonly run: string | null;
}

/** `same`: it was there, with the same wave of the same inventory at the same time. `taken`: with another. */
export type CreateOutcome =
  | { readonly outcome: 'created' | 'replaced' }
  | { readonly outcome: 'same' | 'taken'; readonly known: KnownSchedule };

/** Makes a schedule; one of that name of which nothing comes any more gives way. */
export async function createSchedule(client: Client, wanted: NewSchedule): Promise<CreateOutcome> {
  const described = await describe(client, wanted.name);
  const known = described === null ? null : await asKnown(client, wanted.name, described);
  if (described !== null && known !== null) {
    if (!SPENT_STATES.includes(known.state)) {
      return { outcome: isTheSame(described, known, wanted) ? 'same' : 'taken', known };
    }
    await deleteSchedule(client, wanted.name);
  }
  try {
    await client.schedule.create(scheduleOptions(wanted));
  } catch (error) {
    // Somebody else's command was quicker.
    const other = error instanceof ScheduleAlreadyRunning ? await findSchedule(client, wanted.name) : null;
    if (other !== null) return { outcome: 'taken', known: other };
    throw error;
  }
  return { outcome: known === null ? 'created' : 'replaced' };
}

/** Every schedule of fleetlift, the soonest first. */
export async function listSchedules(client: Client): Promise<KnownSchedule[]> {
  const names: string[] = [];
  // Asked for by an attribute of ours: what other applications keep with theirs may not be readable for us.
  for await (const summary of client.schedule.list({ query: 'FleetliftWave IS NOT NULL' })) {
    const name = scheduleName(summary.scheduleId);
    if (name !== null) names.push(name);
  }
  const known = await Promise.all(names.map((name) => findSchedule(client, name)));
  return known
    .filter((one) => one !== null)
    .sort((a, b) => a.at.localeCompare(b.at) || a.name.localeCompare(b.name));
}

/** null: there is none of that name. */
export async function findSchedule(client: Client, name: string): Promise<KnownSchedule | null> {
  const described = await describe(client, name);
  return described === null ? null : asKnown(client, name, described);
}

export async function pauseSchedule(client: Client, name: string): Promise<void> {
  await client.schedule.getHandle(scheduleId(name)).pause('fleetlift schedule pause');
}

export async function resumeSchedule(client: Client, name: string): Promise<void> {
  await client.schedule.getHandle(scheduleId(name)).unpause('fleetlift schedule resume');
}

/** What it has started goes on. */
export async function deleteSchedule(client: Client, name: string): Promise<void> {
  await client.schedule.getHandle(scheduleId(name)).delete();
}

function scheduleOptions({ name, at, wave }: NewSchedule): ScheduleOptions {
  const typedSearchAttributes = [
    { key: searchAttributes.migration, value: wave.fleet.name },
    { key: searchAttributes.wave, value: wave.wave },
  ];
  return {
    scheduleId: scheduleId(name),
    spec: { cronExpressions: [onceAt(new Date(at))] },
    policies: {
      overlap: 'SKIP',
      // Temporal's own default is a year.
      catchupWindow: `${LATEST_START_MINUTES}m`,
      pauseOnFailure: true,
    },
    state: { remainingActions: 1 },
    memo: { migration: wave.fleet.name, wave: wave.wave, at } satisfies Remembered,
    typedSearchAttributes,
    action: {
      type: 'startWorkflow',
      workflowType: 'scheduledWaveWorkflow',
      workflowId: `scheduled/${name}`,
      taskQueue: ORCHESTRATOR_QUEUE,
      args: [wave],
      // Where no worker runs it is not started late either.
      workflowExecutionTimeout: `${LATEST_START_MINUTES}m`,
      staticSummary: `wave ${wave.wave} of ${wave.fleet.name}`,
      typedSearchAttributes,
    },
  };
}

/** Second, minute, hour, day, month, any day of the week, year; in UTC. */
function onceAt(time: Date): string {
  const clock = [time.getUTCSeconds(), time.getUTCMinutes(), time.getUTCHours()];
  return [...clock, time.getUTCDate(), time.getUTCMonth() + 1, '*', time.getUTCFullYear()].join(' ');
}

/** What a schedule is known by without its inventory. */
interface Remembered extends Record<string, unknown> {
  readonly migration: string;
  readonly wave: string;
  readonly at: string;
}

async function describe(client: Client, name: string): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(scheduleId(name)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

async function asKnown(client: Client, name: string, described: ScheduleDescription): Promise<KnownSchedule> {
  const { migration, wave, at } = described.memo as Remembered;
  const { recentActions, numActionsMissedCatchupWindow } = described.info;
  const started = recentActions.at(-1)?.action.workflow ?? null;
  const facts = {
    at,
    paused: described.state.paused,
    caughtUpTooLate: numActionsMissedCatchupWindow > 0,
    run: started === null ? null : await readRun(client, started.workflowId),
  };
  return { name, migration, wave, at, run: started?.workflowId ?? null, ...judgeSchedule(facts, Date.now()) };
}

async function readRun(client: Client, workflowId: string): Promise<ScheduledRun> {
  const handle = client.workflow.getHandle<() => Promise<string>>(workflowId);
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return { outcome: 'running' };
    if (status.name === 'TIMED_OUT') return { outcome: 'timed-out' };
    return { outcome: 'completed', message: await handle.result() };
  } catch (error) {
    // Longer ago than Temporal keeps workflows.
    if (isNotFound(error)) return { outcome: 'completed', message: '' };
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (!(error.cause instanceof ApplicationFailure)) return { outcome: 'ended' };
    return { outcome: 'failed', code: error.cause.type ?? 'E-INTERNAL', message: error.cause.message };
  }
}

/** When the inventory was read counts for nothing here. */
function isTheSame({ action }: ScheduleDescription, { at }: KnownSchedule, wanted: NewSchedule): boolean {
  const [wave] = (action.args ?? []) as ScheduledWave[];
  return at === wanted.at && isSame({ ...wave, readAt: null }, { ...wanted.wave, readAt: null });
}
