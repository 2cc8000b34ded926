/** The matrix: every fault at every step where it can strike. */
import { FAULTS, type Expected, type Fault } from './faults.js';
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

/** Calls of one cell: each costs the time until Temporal notices that the worker is dead. */
const CALLS_TOGETHER = 6;

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

/** Cells that kill the service before every external command of the image step. @param calls - how many there are */
export function toolCells(calls: number): Cell[] {
  const groups = Math.ceil(calls / CALLS_TOGETHER);
  return Array.from({ length: groups }, (_, group) =>
    toolCell(group * CALLS_TOGETHER + 1, Math.min(calls, (group + 1) * CALLS_TOGETHER)),
  );
}

/** The cell for these calls, counted from 1. */
export function toolCell(first: number, last: number): Cell {
  const name = first === last ? `tool-${first}` : `tools-${first}-${last}`;
  const fault: Fault = {
    name,
    what: `kill -9 of the service before external commands ${first} to ${last} of the image step`,
    strike: killAtTools(first, last),
    mended: 0,
    attempts: 5,
    smallDisk: false,
    at: {},
    leftOut: {},
  };
  // Before the step itself, so that its first command is met too.
  return { name: `${name}:image`, fault, moment: momentNamed('verify-data'), expected: 'goes on' };
}
