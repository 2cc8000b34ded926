/** A space that neither Markdown nor the Temporal UI takes away: its tables have no room between columns. */
const EM_SPACE = '\u2003';

/** Text of a stranger as Markdown that shows just that text: no markup, no HTML, no link, on one line. */
export function markdownText(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]<>()#~|!&]/g, '\\$&');
}

/** A table; cells are Markdown already. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => `${String(cell)}${EM_SPACE}`).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
