/**
 * What an operator may do with a server in each state: the one table that workflows, commands and documents read.
 *
 * The rules follow the state table of cloud migration centres: a pause while syncing stops the transfer, in any other
 * step it takes effect at the step's end; a running job cannot be deleted; what is in error, stopped or waiting can be
 * given up, which releases what it holds.
 */
import { incrementalState, type JobStatus, type JobStep, type ServerResult } from './job.js';

export const OPERATIONS = [
  'pause',
  'resume',
  'retry',
  'skip',
  'cancel',
  'delete',
  'sync-now',
  'cutover',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * A status as the table tells it: `Running` is several, since a transfer can be stopped and an image cannot; what was
 * queued again, or waits for room on its relay, has made something that must be removed.
 */
export type OperatorState =
  | Exclude<JobStatus, 'Running'>
  | 'Queued, begun'
  | 'Running, syncing'
  | 'Running, a delta'
  | 'Running, cutting over'
  | 'Running, another step'
  | 'Running, pausing';

export interface OperatorView extends Pick<ServerResult, 'sync' | 'cutover'> {
  readonly status: JobStatus;
  readonly step: JobStep | null;
  /** A pause was asked for and has not taken effect. */
  readonly pausing: boolean;
}

/** What an operation does in a state, as the answer goes on behind the server's name. `{step}` is the running step. */
export type Effects = Readonly<Partial<Record<OperatorState, string>>>;

const GIVEN_UP = 'is given up; what it made on source and relay is removed';

export const EFFECTS: Readonly<Record<Operation, Effects>> = {
  pause: {
    Queued: 'is held: it does not start until it is resumed',
    'Queued, begun': 'stops: it does not go on until it is resumed',
    Ready: 'stops before its first step, and goes on there when it is resumed',
    'Running, syncing': 'stops its transfer within seconds, and goes on there when it is resumed',
    'Running, a delta': 'stops its delta within seconds, and goes on there when it is resumed',
    'Running, cutting over': 'gives its cutover up: its services start again; resumed, it waits for the next',
    'Running, another step': 'stops when step {step} is done: that step cannot be interrupted',
    'Running, pausing': 'stops already, when step {step} is done',
    Waiting: 'stops: no further delta until it is resumed',
  },
  resume: {
    Stopped: 'goes on where it stopped',
    'Running, pausing': 'goes on: the pause is taken back',
  },
  retry: {
    InError: 'goes on at step {step}',
  },
  skip: {
    Queued: 'is skipped: it does not start',
    'Queued, begun': 'is skipped; what it made on source and relay is removed',
    Stopped: 'is skipped; what it made on source and relay is removed',
    InError: 'is skipped; what it made on source and relay is removed',
    Waiting: 'is skipped; what it made on source and relay is removed',
  },
  cancel: {
    Queued: 'is cancelled: it does not start',
    'Queued, begun': GIVEN_UP,
    Ready: GIVEN_UP,
    'Running, syncing': `is stopped and ${GIVEN_UP}`,
    'Running, a delta': `is stopped and ${GIVEN_UP}`,
    'Running, cutting over': `is stopped and ${GIVEN_UP}; its services start again`,
    'Running, another step': `is stopped and ${GIVEN_UP}`,
    'Running, pausing': `is stopped and ${GIVEN_UP}`,
    Stopped: GIVEN_UP,
    InError: GIVEN_UP,
    Waiting: GIVEN_UP,
  },
  delete: {
    'Queued, begun': 'is deleted: everything of it on source and relay is removed, its logs too',
    Stopped: 'is deleted: everything of it on source and relay is removed, its logs too',
    InError: 'is deleted: everything of it on source and relay is removed, its logs too',
    Waiting: 'is deleted: everything of it on source and relay is removed, its logs too',
    Finished: 'is deleted: its images, its logs and its record are removed',
    Skipped: 'is deleted: its logs and its record are removed',
    Cancelled: 'is deleted: its logs and its record are removed',
    Expired: 'is deleted: everything of it on source and relay is removed, its logs too',
  },
  'sync-now': {
    Waiting: 'sends a delta now',
    'Running, a delta': 'sends a delta already',
  },
  cutover: {
    Waiting: 'is cut over: services stop, the last delta, then its image',
    'Running, a delta': 'is cut over when the delta that runs has come',
  },
};

const STATE_WORDS: Readonly<Record<OperatorState, string>> = {
  Queued: 'queued',
  'Queued, begun': 'queued',
  Ready: 'starting',
  'Running, syncing': 'syncing',
  'Running, a delta': 'sending a delta',
  'Running, cutting over': 'being cut over',
  'Running, another step': 'running step {step}',
  'Running, pausing': 'about to stop',
  Waiting: 'waiting for its next delta',
  Stopped: 'stopped',
  InError: 'in error',
  Finished: 'finished',
  Skipped: 'skipped',
  Cancelled: 'cancelled',
  Expired: 'expired',
  Deleting: 'being deleted',
};

/** Which row of the table a server is in. */
export function operatorState(view: OperatorView): OperatorState {
  const { status, step, pausing } = view;
  const incremental = incrementalState(view);
  // A delta that waits for its place.
  if (status === 'Queued' && incremental === 'deltas') return 'Running, a delta';
  if (status === 'Queued' && step !== null) return 'Queued, begun';
  if (status !== 'Running') return status;
  if (pausing) return 'Running, pausing';
  if (incremental === 'cutover') return 'Running, cutting over';
  if (incremental === 'deltas' && step === 'sync') return 'Running, a delta';
  return step === 'sync' ? 'Running, syncing' : 'Running, another step';
}

/** The operations that the table has for a state. */
export function possibleOperations(view: OperatorView): Operation[] {
  const state = operatorState(view);
  return OPERATIONS.filter((operation) => EFFECTS[operation][state] !== undefined);
}

export interface Judgement {
  readonly accepted: boolean;
  /** What will happen, or why not and what is possible instead. */
  readonly message: string;
}

/** Answers an operation by the table. */
export function judgeOperation(operation: Operation, server: string, view: OperatorView): Judgement {
  const state = operatorState(view);
  const fill = (text: string): string => text.replace('{step}', view.step ?? 'preflight');
  const effect = EFFECTS[operation][state];
  if (effect !== undefined) return { accepted: true, message: `${server} ${fill(effect)}` };
  const possible = possibleOperations(view);
  const instead =
    possible.length === 0 ? 'Nothing can be done with it now' : `Possible: ${possible.join(', ')}`;
  return {
    accepted: false,
    message: `${server} is ${fill(STATE_WORDS[state])}: ${operation} is not possible. ${instead}.`,
  };
}
