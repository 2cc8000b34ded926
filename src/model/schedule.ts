/** A wave at a time: what a schedule carries, and how it stands. Pure, so that workflows may read it. */
import type { Fleet } from './fleet.js';

/** What a schedule starts: the checked inventory as it was when the schedule was made, and one wave of it. */
export interface ScheduledWave {
  readonly fleet: Fleet;
  readonly wave: string;
  /** When the inventory was read, ISO. */
  readonly readAt: string;
}

/** A wave is not started later than this after its time: it was planned for a night, not for the morning after. */
export const LATEST_START_MINUTES = 10;

/** `due`: it is to come. `starting`: its time has come, and the wave is being started. */
export type ScheduleState = 'due' | 'paused' | 'starting' | 'done' | 'failed' | 'missed';

/** States in which nothing comes of a schedule any more. */
export const SPENT_STATES: readonly ScheduleState[] = ['done', 'failed', 'missed'];

/** What became of the workflow that a schedule started. */
export type ScheduledRun =
  | { readonly outcome: 'running' | 'timed-out' | 'ended' }
  | { readonly outcome: 'completed'; readonly message: string }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string };

/** What Temporal tells of a schedule. */
export interface ScheduleFacts {
  /** When it is to start, ISO. */
  readonly at: string;
  readonly paused: boolean;
  /** Whether Temporal saw that its time had passed by more than {@link LATEST_START_MINUTES}. */
  readonly caughtUpTooLate: boolean;
  /** null: it has started nothing. */
  readonly run: ScheduledRun | null;
}

/** How a schedule stands, and why, in the operator's words; the remark is empty where there is nothing to say. */
export interface ScheduleVerdict {
  readonly state: ScheduleState;
  readonly remark: string;
  /** Code of what the wave could not be started for; null: of nothing. */
  readonly code: string | null;
}

/** `schedule/<name>`: the id of a schedule in Temporal. */
export function scheduleId(name: string): string {
  return `${SCHEDULE_PREFIX}${name}`;
}

/** The name of a schedule by its id; null: it is not one of fleetlift's. */
export function scheduleName(id: string): string | null {
  return id.startsWith(SCHEDULE_PREFIX) ? id.slice(SCHEDULE_PREFIX.length) : null;
}

const SCHEDULE_PREFIX = 'schedule/';

export function judgeSchedule(
  { at, paused, caughtUpTooLate, run }: ScheduleFacts,
  nowMs: number,
): ScheduleVerdict {
  if (run !== null) return judgeRun(run);
  const lateMs = nowMs - Date.parse(at);
  if (lateMs < 0) return plain(paused ? 'paused' : 'due');
  if (paused) return plain('missed', 'it was paused at its time');
  if (caughtUpTooLate || lateMs > LATEST_START_MINUTES * 60_000) {
    return plain(
      'missed',
      `Temporal did not run at its time, nor within ${String(LATEST_START_MINUTES)} minutes after`,
    );
  }
  return plain('due', 'its time has come');
}

function judgeRun(run: ScheduledRun): ScheduleVerdict {
  switch (run.outcome) {
    case 'running':
      return plain('starting');
    case 'completed':
      return plain('done', run.message);
    case 'failed':
      return { state: 'failed', remark: run.message, code: run.code };
    case 'timed-out':
      return plain('missed', `no worker took it up within ${String(LATEST_START_MINUTES)} minutes`);
    case 'ended':
      return plain('failed', 'its workflow was ended from outside');
  }
}

function plain(state: ScheduleState, remark = ''): ScheduleVerdict {
  return { state, remark, code: null };
}
