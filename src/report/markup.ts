/** The few pieces of HTML that the report is made of. */

/** Text for content and for quoted attributes. */
export function escape(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

/** A cell of running text, which may take several lines; all others take one. @param html escaped already */
export function prose(html: string): string {
  return `<div class="prose">${html}</div>`;
}

/** A heading with its content; nothing where the content is empty. */
export function part(title: string, content: string, heading: 'h2' | 'h3' = 'h3'): string {
  return content === '' ? '' : `<${heading}>${title}</${heading}>\n${content}`;
}

/** Cells are HTML already; nothing where there is no row. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const head = heads.map((text) => `<th>${text}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  // In a box of its own, which is what scrolls on a narrow screen.
  return `<div class="wide"><table>\n<tr>${head}</tr>\n${body}\n</table></div>\n`;
}

/** Lines are plain text; nothing where there is none. */
export function list(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<ul>${lines.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>\n`;
}
