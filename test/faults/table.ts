import { renderTable } from '../../src/console/text.js';
import type { Row } from './Ledger.js';

/** The results as a table for the terminal. */
export function resultTable(rows: readonly Row[]): string[] {
  return renderTable([
    ['FAULT', 'STEP', 'OUTCOME', 'WIRE BYTES', 'SECONDS', 'LEFT BEHIND'],
    ...rows.map(({ cell, passed, ended, over, seconds, left }) => {
      const [fault = '', step = ''] = cell.split(':');
      const outcome = passed ? ended : `FAILED: ${ended}`;
      return [
        fault,
        step,
        outcome,
        percent(over),
        String(seconds),
        left.length === 0 ? 'none' : left.join('; '),
      ];
    }),
  ]);
}

function percent(over: number | null): string {
  return over === null ? '-' : `${over >= 0 ? '+' : ''}${(over * 100).toFixed(1)} %`;
}
