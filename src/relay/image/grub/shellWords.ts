/** One assignment of a file that a shell would read, such as `/etc/default/grub`. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  /** Lines of the file that it takes, counted from 0; the end is excluded. */
  readonly lines: readonly [first: number, end: number];
}

/**
 * Reads the plain assignments of a shell file without running it. Quotes and backslashes are understood; what needs a
 * shell (a substitution, an operator, a condition) is left out rather than guessed.
 */
export function parseAssignments(text: string): Assignment[] {
  const lines = text.split('\n');
  const found: Assignment[] = [];
  for (let first = 0; first < lines.length;) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)(\+?)=/.exec(lines[first] ?? '');
    if (match === null) {
      first += 1;
      continue;
    }
    const read = readValue(lines.slice(first).join('\n').slice(match[0].length));
    const end = first + 1 + (read?.lineBreaks ?? 0);
    if (read !== null && match[2] === '')
      found.push({ name: match[1] ?? '', value: read.value, lines: [first, end] });
    first = end;
  }
  return found;
}

/** A value in double quotes, as a shell reads back exactly that text. */
export function quoteValue(value: string): string {
  return `"${value.replace(/[\\"$`]/g, (character) => `\\${character}`)}"`;
}

function readValue(text: string): { value: string; lineBreaks: number } | null {
  let value = '';
  let lineBreaks = 0;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\n') {
      if (quote === '') return { value, lineBreaks };
      lineBreaks += 1;
    }
    if (quote === "'") {
      if (character === "'") quote = '';
      else value += character;
    } else if (character === '\\') {
      const next = text[at + 1] ?? '';
      at += 1;
      if (next === '\n') lineBreaks += 1;
      else value += quote === '"' && !/[\\"$`]/.test(next) ? `\\${next}` : next;
    } else if (character === '$' || character === '`') {
      return null;
    } else if (quote === '"') {
      if (character === '"') quote = '';
      else value += character;
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (/\s/.test(character)) {
      return restIsComment(text.slice(at)) ? { value, lineBreaks } : null;
    } else if (/[;&|<>()]/.test(character)) {
      return null;
    } else {
      value += character;
    }
  }
  return quote === '' ? { value, lineBreaks } : null;
}

function restIsComment(text: string): boolean {
  return /^[ \t\r]*(#.*)?(\n|$)/.test(text);
}
