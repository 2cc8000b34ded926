import type { ServerResult } from '../../src/model/job.js';
import type { TreeDifference } from './compare.js';

export interface Explanations {
  /** Paths that the image step says it changed. */
  readonly changed: ReadonlySet<string>;
  /** Paths that may always differ. */
  readonly expected: readonly { readonly pattern: RegExp }[];
  /** Since then the source's own changes may have been missed, seconds since the epoch by its clock. */
  readonly syncStartedAt: number;
}

/**
 * Leaves out what the image step did, what may always differ, and what the server itself did after its sync began: its
 * timers go on, and at midnight they rotate logs and save lists of packages. Paths are those in the server's tree.
 */
export function unexplained(
  differences: readonly TreeDifference[],
  { changed, expected, syncStartedAt }: Explanations,
): TreeDifference[] {
  return differences.filter(
    ({ path, leftChangedAt }) =>
      leftChangedAt < syncStartedAt &&
      !changed.has(path) &&
      !expected.some(({ pattern }) => pattern.test(path)),
  );
}

/**
 * When the sync began whose result is in the image, seconds since the epoch.
 * @throws Error for a server that was not synced.
 */
export function syncStartedAt({ name, times = [] }: Pick<ServerResult, 'name' | 'times'>): number {
  const sync = times.findLast(({ step, outcome }) => step === 'sync' && outcome === 'done');
  if (sync === undefined) throw new Error(`${name} was not synced`);
  return Math.floor(Date.parse(sync.startedAt) / 1000);
}
