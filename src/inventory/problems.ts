import { FleetliftError } from '../errors/FleetliftError.js';
import type { ErrorCode } from '../errors/catalogue.js';

/** Where a field stands in the value of the file: `['servers', 3, 'ssh', 'port']`. */
export type FieldPath = readonly (string | number)[];

/** What a check found, told by field; {@link InventoryProblem} is the same, told by line. */
export interface Issue {
  readonly path: FieldPath;
  /** Whether to point at the field's key or at its value; default `value`. */
  readonly at?: 'key' | 'value';
  readonly code?: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

export interface InventoryProblem {
  readonly file: string;
  /** From 1; 0: the file as a whole. */
  readonly line: number;
  /** From 1; 0: the file as a whole. */
  readonly column: number;
  readonly code: ErrorCode;
  /** One sentence without its full stop. */
  readonly message: string;
  /** What was meant, or what to do; null: the message says it. */
  readonly hint: string | null;
}

/** Every problem of an inventory at once, sorted by place. The message holds one line for each. */
export class InventoryErrors extends FleetliftError {
  readonly errors: readonly InventoryProblem[];

  constructor(problems: readonly InventoryProblem[], inventoryFile: string) {
    const errors = sortedProblems(problems, inventoryFile);
    super('E-INVENTORY', {
      message: errors.map(formatProblem).join('\n'),
      remedy: `repair the lines above, then: fleetlift validate ${inventoryFile}`,
    });
    this.errors = errors;
  }
}

/** `inventory/dc1.yaml:14:5  unknown field "concurency" in limits. Did you mean "concurrency"?` */
export function formatProblem(problem: InventoryProblem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const end = /[.?!]$/.test(problem.message) ? '' : '.';
  return `${place}  ${problem.message}${end}${problem.hint === null ? '' : ` ${problem.hint}`}`;
}

/** The inventory's own problems first, each once, in the order of the lines. */
function sortedProblems(problems: readonly InventoryProblem[], inventoryFile: string): InventoryProblem[] {
  const unique = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...unique.values()].sort(
    (a, b) =>
      Number(a.file !== inventoryFile) - Number(b.file !== inventoryFile) ||
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      a.line - b.line ||
      a.column - b.column,
  );
}
