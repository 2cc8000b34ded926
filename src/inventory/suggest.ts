/** The candidate that a mistyped word most likely meant; null: none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const plainWord = plain(word);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const plainCandidate = plain(candidate);
    if (Math.abs(plainCandidate.length - plainWord.length) >= bestDistance) continue;
    const distance = editDistance(plainWord, plainCandidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `Did you mean "concurrency"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): { hint: string } | undefined {
  const candidate = nearest(word, candidates);
  return candidate === null ? undefined : { hint: `Did you mean "${candidate}"?` };
}

/** `max_failures` and `max-failures` are taken for `maxFailures`. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '').slice(0, 64);
}

/** Insertions, removals, replacements and swaps of neighbours between two words (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (last[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let cheapest = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        cheapest = Math.min(cheapest, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cheapest);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
