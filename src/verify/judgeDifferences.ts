import type { JudgedDifferences, ListedDifference } from '../model/activities.js';
import type { Difference } from '../model/transfer.js';

/** Names of unexcused differences that an error quotes. */
const QUOTED = 5;
/** A folder that differs in nothing but its time. */
const ONLY_TIME = /^\.d\.\.t\.+$/;
/** Differences that the evidence lists, and characters of their paths: they travel through Temporal. */
const LISTED = 100;
const LISTED_PATH = 256;

/**
 * Judges what a comparison found. A difference is excused only where the source's ctime is not older than the start of
 * the pass that read the file: then the source changed it meanwhile. What is read from a snapshot nobody changes. Times of
 * a placeholder are no difference at all: it has none of its own, and no two looks at it tell the same.
 *
 * @param files that were compared
 * @param reading `passStartedAt`: start of the last pass that sent, seconds since the epoch by the source's clock;
 *   `still`: ids of filesystems of which that pass and the comparison have read the same snapshot
 */
export function judgeDifferences(
  differences: readonly Difference[],
  files: number,
  { passStartedAt, still }: { readonly passStartedAt: number; readonly still: readonly string[] },
): JudgedDifferences {
  const isExcused = ({ filesystem, ctimeEpoch }: Difference): boolean =>
    !still.includes(filesystem) && ctimeEpoch !== null && ctimeEpoch >= passStartedAt;
  const real = differences.filter((one) => one.isPlaceholder !== true || !ONLY_TIME.test(one.itemized));
  const loss = real.filter((difference) => !isExcused(difference));
  const excused = real.filter(isExcused);
  return {
    checksum: { files, differences: loss.length, changedMeanwhile: excused.length },
    examples: loss.slice(0, QUOTED).map((one) => `${one.filesystem}:${one.path} (${one.itemized})`),
    listed: [
      ...loss.slice(0, LISTED).map((one) => listed(one, false)),
      ...excused.slice(0, LISTED).map((one) => listed(one, true)),
    ].slice(0, LISTED),
  };
}

function listed({ filesystem, path, itemized }: Difference, changedMeanwhile: boolean): ListedDifference {
  return { filesystem, path: path.slice(0, LISTED_PATH), itemized, changedMeanwhile };
}
