/** The matrix: every fault at every step where it can strike. */
import { BY_ITSELF, FAULTS, type Expected, type Fault } from './faults.js';
import { MOMENTS, momentNamed, type Moment } from './moments.js';
import { killAtTools } from './strikes/service.js';

export interface Cell {
  /** `fault:step`. */
  readonly name: string;
  readonly fault: Fault;
  readonly moment: Moment;
  readonly expected: Expected;
}

export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** Boundaries of one cell: each costs the time until Temporal notices that the worker is dead. */
const BOUNDARIES_TOGETHER = 10;

/** Cells of the table, step by step. */
export function tableCells(): Cell[] {
  return MOMENTS.flatMap((moment) =>
    FAULTS.flatMap((fault) => {
      const expected = fault.at[moment.name];
      return expected === undefined
        ? []
        : [{ name: `${fault.name}:${moment.name}`, fault, moment, expected }];
    }),
  );
}

export function leftOut(): LeftOut[] {
  return FAULTS.flatMap(({ name, leftOut: reasons }) =>
    Object.entries(reasons).map(([moment, why]) => ({ name: `${name}:${moment}`, why })),
  );
}

/**
 * Cells that kill the service at every boundary between two external commands of the image step. What a tool does
 * several times in a row counts as one.
 *
 * @param calls - the commands of an undisturbed step, in order
 */
export function toolCells(calls: readonly string[]): Cell[] {
  const boundaries = calls.flatMap((call, index) =>
    toolOf(call) === toolOf(calls[index - 1] ?? '') ? [] : [index + 1],
  );
  const groups = Math.ceil(boundaries.length / BOUNDARIES_TOGETHER);
  return Array.from({ length: groups }, (_, group) =>
    toolCell(boundaries.slice(group * BOUNDARIES_TOGETHER, (group + 1) * BOUNDARIES_TOGETHER)),
  );
}

/** The cell for these calls, counted from 1: each is met by an image step of its own. */
function toolCell(calls: readonly number[]): Cell {
  const name = `tools-${[calls.at(0), ...calls.slice(1).slice(-1)].join('-')}`;
  const fault: Fault = {
    ...BY_ITSELF,
    name,
    what: `kill -9 of the service before the external commands ${calls.join(', ')} of the image step`,
    strike: killAtTools(calls),
    at: {},
  };
  // Before the step itself, so that its first command is met too.
  return { name: `${name}:image`, fault, moment: momentNamed('verify-data'), expected: 'goes on' };
}

function toolOf(call: string): string {
  return call.split(' ')[0] ?? '';
}
