import type { OptionSpec } from './spec.js';

/** Exact filters of lists. */
export interface Filters {
  name?: string;
  id?: string;
  state?: string;
  job?: string;
}

export const FILTER_OPTIONS: readonly OptionSpec[] = [
  { flags: '--name <name>', description: 'only of the server with exactly this name' },
  { flags: '--id <id>', description: 'only with exactly this id' },
  { flags: '--state <state>', description: 'only in exactly this state' },
  { flags: '--job <id>', description: 'only with exactly this (last) job' },
];

/** The rows that every given filter fits. */
export function filterRows<Row>(
  rows: readonly Row[],
  filters: Filters,
  fields: Readonly<Record<keyof Filters, (row: Row) => string | null>>,
): Row[] {
  const given = (['name', 'id', 'state', 'job'] as const).flatMap((key) => {
    const wanted = filters[key];
    return wanted === undefined ? [] : [{ field: fields[key], wanted }];
  });
  return rows.filter((row) => given.every(({ field, wanted }) => field(row) === wanted));
}
