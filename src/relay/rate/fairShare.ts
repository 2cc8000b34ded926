/** One sender, as it takes part in a common limit. Bytes a second; null: no cap of its own. */
export interface Sender {
  readonly cap: number | null;
}

/**
 * What one sender may have of a common limit: an equal part, and its part of what others, capped lower, leave over.
 *
 * @param total - Bytes a second for all together; null: no common limit.
 * @returns bytes a second; null: as fast as it can.
 */
export function fairShare(total: number | null, own: Sender, others: readonly Sender[]): number | null {
  if (total === null) return own.cap;
  const caps = [own, ...others].map(({ cap }) => cap ?? Infinity).sort((a, b) => a - b);
  let left = total;
  let equal = 0;
  for (const [index, cap] of caps.entries()) {
    equal = left / (caps.length - index);
    if (cap > equal) break;
    left -= cap;
    equal = cap;
  }
  return Math.min(own.cap ?? Infinity, Math.max(equal, 1));
}
