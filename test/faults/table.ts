import { clip, renderTable } from '../../src/console/text.js';
import type { Row } from './Ledger.js';

/** Columns for what may be long; all of it is told below the table. */
const WIDEST = 48;

/** The results as a table for the terminal, and in full what is wrong with those that failed. */
export function renderRows(rows: readonly Row[]): string[] {
  const table = renderTable([
    ['FAULT', 'STEP', 'OUTCOME', 'WIRE BYTES', 'SECONDS', 'LEFT BEHIND'],
    ...rows.map(({ cell, passed, ended, over, seconds, left }) => {
      const [fault = '', step = ''] = cell.split(':');
      const outcome = clip(passed ? ended : `FAILED: ${ended.split('\n')[0] ?? ''}`, WIDEST);
      const behind = left.length === 0 ? 'none' : clip(left.join('; '), WIDEST);
      return [fault, step, outcome, percent(over), String(seconds), behind];
    }),
  ]);
  const failed = rows.filter(({ passed }) => !passed);
  return [...table, ...failed.flatMap(({ cell, ended, left }) => ['', `${cell}: ${ended}`, ...left])];
}

function percent(over: number | null): string {
  return over === null ? '-' : `${over >= 0 ? '+' : ''}${(over * 100).toFixed(1)} %`;
}
