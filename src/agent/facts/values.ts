import { agentOutputError } from './agentOutput.js';

const QUOTED_LENGTH = 80;

/** A count or size in decimal digits that a number holds exactly. */
export function countOf(text: string | undefined, what: string): number {
  const count = /^\d{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw agentOutputError(`${what} is ${quoted(text)}, not a number`);
  return count;
}

/** An absolute path that no part of can lead out of, and that is safe in a table or on a command line. */
export function pathOf(text: string, what: string): string {
  const isClean = text.startsWith('/') && text.length <= 4096 && !/[\u0000-\u001f\u007f]/.test(text);
  if (!isClean || text.split('/').includes('..')) {
    throw agentOutputError(`${what} is ${quoted(text)}, not an absolute path without control characters`);
  }
  return text;
}

/** UUID or serial number of a filesystem; empty: it has none. */
export function uuidOf(text: string | undefined, what: string): string {
  return matching(text ?? '', /^[A-Za-z0-9-]{0,64}$/, what);
}

/** Label of a filesystem; empty: it has none. */
export function labelOf(text: string | undefined, what: string): string {
  return matching(text ?? '', /^[^\u0000-\u001f\u007f]{0,255}$/, what);
}

/** A word as the kernel and tools use for types and features. */
export function wordOf(text: string | undefined, what: string): string {
  return matching(text ?? '', /^[A-Za-z0-9_.:+-]{1,64}$/, what);
}

/** The name of a device in /sys, where a slash is written as an exclamation mark. */
export function deviceNameOf(text: string | undefined): string {
  return matching(text ?? '', /^[A-Za-z0-9._:!-]{1,64}$/, 'the name of a block device');
}

/** Text for people: nothing in it moves a cursor, and it is no longer than `length` characters. */
export function readable(text: string, length = 256): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?').slice(0, length);
}

/** The list, if it is not longer than any sane machine's. */
export function capped<T>(list: readonly T[], most: number, what: string): readonly T[] {
  if (list.length > most) throw agentOutputError(`${list.length} ${what}, more than ${most}`);
  return list;
}

function matching(text: string, pattern: RegExp, what: string): string {
  if (!pattern.test(text)) throw agentOutputError(`${what} is ${quoted(text)}`);
  return text;
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'missing' : JSON.stringify(text.slice(0, QUOTED_LENGTH));
}
