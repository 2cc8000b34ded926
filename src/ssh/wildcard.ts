/**
 * Whether a text matches a pattern of OpenSSH: `*` stands for any text, `?` for one character, all else for itself.
 * Without regular expressions, which a pattern of many `*` can hold up for minutes.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  // Only the last `*` need ever be tried again: it can take what any earlier one could.
  let star = -1;
  let starText = 0;
  while (inText < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern++;
      starText = inText;
    } else if (wanted === '?' || wanted === text[inText]) {
      inPattern++;
      inText++;
    } else if (star >= 0) {
      inPattern = star + 1;
      inText = ++starText;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(inPattern));
}
