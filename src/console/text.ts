import type { JobStatus } from '../model/job.js';

/** Text from servers and files may hold anything; on a terminal an escape sequence of theirs must do nothing. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�');
}

/** Cuts to `width` columns, with an ellipsis where something is missing. */
export function clip(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  return width <= 1 ? '…'.slice(0, width) : `${characters.slice(0, width - 1).join('')}…`;
}

/** Columns that a text takes; wide East Asian characters are not counted as two. */
export function columns(text: string): number {
  return Array.from(text).length;
}

export interface TableOptions {
  /** Columns of the terminal; the last cell of a row is clipped to fit. Default: no limit. */
  readonly width?: number;
  /** Between the cells; default two spaces. */
  readonly gap?: string;
  /** Indexes of columns that are set to the right. */
  readonly right?: readonly number[];
  readonly indent?: string;
}

/** Rows under each other, every column as wide as its widest cell. */
export function renderTable(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const { width = Infinity, gap = '  ', right = [], indent = '' } = options;
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, columns(cell))));
  }
  return rows.map((row) => {
    const cells = row.map((cell, index) => {
      const padding = ' '.repeat((widths[index] ?? 0) - columns(cell));
      return right.includes(index) ? padding + cell : cell + padding;
    });
    return clip((indent + cells.join(gap)).trimEnd(), width);
  });
}

/** A status as a word of a sentence: `in error`. */
export function statusWord(status: JobStatus): string {
  return status === 'InError' ? 'in error' : status.toLowerCase();
}
