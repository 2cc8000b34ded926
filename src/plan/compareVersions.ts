/**
 * Orders kernel releases as a person would: numbers by value, the rest by letters, and a pre-release (`~`, `-rc`) before
 * its release. Negative: `a` is older.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [pieces(a), pieces(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = comparePieces(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function pieces(version: string): string[] {
  return version.match(/\d+|[a-z]+|~/gi) ?? [];
}

function comparePieces(a: string | undefined, b: string | undefined): number {
  const [before, after] = [isPreRelease(a), isPreRelease(b)];
  if (before !== after) return before ? -1 : 1;
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [numberA, numberB] = [/^\d/.test(a), /^\d/.test(b)];
  if (numberA && numberB) return Math.sign(Number(a) - Number(b));
  if (numberA !== numberB) return numberA ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function isPreRelease(piece: string | undefined): boolean {
  return piece === '~' || piece === 'rc';
}
