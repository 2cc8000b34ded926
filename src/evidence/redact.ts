import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Stands where a secret stood. */
const REMOVED = '[removed]';
/** What a mount option, a kernel parameter or a program's own words may give away: `password=…`, `"token": "…"`. */
const ASSIGNED = [
  /((?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|private[-_]?key)\s?=\s?\\?["']?)[^\s"',;&\\]+/gi,
  /((?:password|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key)\\?["']?\s?:\s?\\?["']?)(?!null\b|true\b|false\b|\d+[,}\s]*$)[^\s"',;&\\]+/gi,
];
const KEY_BEGINS = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const KEY_ENDS = /-----END [A-Z ]*PRIVATE KEY-----/;

/**
 * Takes out of a text, line by line, what looks like a secret: values that are assigned to a name like a password's, and
 * private keys. Facts hold the source's fstab and kernel command line, serial logs whatever its services print.
 */
export async function* redactLines(text: Readable): AsyncGenerator<Buffer> {
  let inKey = false;
  for await (const line of createInterface({ input: text.setEncoding('latin1'), crlfDelay: Infinity })) {
    const begins = KEY_BEGINS.test(line);
    const kept = inKey || begins ? REMOVED : withoutValues(line);
    inKey = (inKey || begins) && !KEY_ENDS.test(line);
    yield Buffer.from(`${kept}\n`, 'latin1');
  }
}

function withoutValues(line: string): string {
  return ASSIGNED.reduce((text, pattern) => text.replace(pattern, `$1${REMOVED}`), line);
}
