import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 64 * 1024;

/** The last lines of a log as a person reads them: pino's JSON lines become time, message and error. */
export function lastLogLines(path: string, count: number): string[] {
  const text = readTail(path);
  if (text === null) return [`(no log at ${path})`];
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .map(readable);
}

function readTail(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const read = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, read);
  } finally {
    closeSync(file);
  }
}

function readable(line: string): string {
  try {
    const entry = JSON.parse(line) as { time?: number; msg?: string; err?: { message?: string } };
    if (entry.msg === undefined) return line;
    const time = entry.time === undefined ? '' : `${new Date(entry.time).toISOString().slice(11, 19)} `;
    const cause = entry.err?.message;
    return `${time}${entry.msg}${cause === undefined || cause === entry.msg ? '' : `: ${cause}`}`;
  } catch {
    return line;
  }
}
