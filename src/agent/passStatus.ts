import { z } from 'zod';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { PassStatus } from '../model/transfer.js';

const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const statusSchema = z.object({
  state: z.enum(['running', 'done', 'failed', 'stopped']),
  started: count,
  full: z.enum(['yes', 'no']),
});

/**
 * Reads what the agent says of a pass; null: it knows none of that number.
 * @throws E-AGENT-OUTPUT for anything that an agent does not say, E-SOURCE-FULL where its journal cannot be written
 */
export function parsePassStatus(number: number, text: string): PassStatus | null {
  const lines = text.split('\n').map((line) => line.split(' '));
  const value = (name: string): string | undefined => lines.find(([first]) => first === name)?.[1];
  if (value('state') === 'none') return null;
  if (!lines.some(([first]) => first === 'end')) throw broken('it breaks off', text);
  const parsed = statusSchema.safeParse({
    state: value('state'),
    started: value('started'),
    full: value('full'),
  });
  if (!parsed.success) throw broken(parsed.error.issues[0]?.message ?? 'it is not a status', text);
  const { state, started, full } = parsed.data;
  if (full === 'yes' && state === 'failed') {
    throw new FleetliftError('E-SOURCE-FULL', {
      message: 'the source’s disk is full: the transfer’s journal cannot be written',
    });
  }
  const filesystems = lines.filter(([first]) => first === 'fs').map((words) => filesystemOf(words, text));
  const done = filesystems.reduce((sum, one) => sum + one.totalBytes, 0);
  const read = readBytes(value('read'));
  const current = Math.max(progressBytes(decode(value('progress'))), read);
  return {
    number,
    state,
    startedAtEpoch: started,
    doneBytes: done + current,
    readBytes: Math.max(read, readBytes(value('life'))),
    filesystems,
    errorTail: decode(value('err')),
  };
}

function filesystemOf([, id, exitCode, stats]: string[], text: string): PassStatus['filesystems'][number] {
  const code = count.safeParse(exitCode);
  if (id === undefined || !/^[a-z0-9]+$/.test(id) || !code.success) throw broken('a filesystem’s line', text);
  const output = decode(stats);
  return {
    id,
    exitCode: code.data,
    files: statistic(output, 'Number of files'),
    totalBytes: statistic(output, 'Total file size'),
    sentBytes: statistic(output, 'Total bytes sent'),
  };
}

/** One number of rsync's `--stats`; 0 where rsync ended before it printed them. */
function statistic(output: string, name: string): number {
  const digits = new RegExp(`^${name}: ([0-9]{1,15})`, 'm').exec(output)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

/** The last figure of rsync's progress line: content bytes handled so far. */
function progressBytes(output: string): number {
  const last = [...output.matchAll(/(?:^|[\r\n])[ \t]*([0-9]{1,15})[ \t]+[0-9]{1,3}%/g)].at(-1)?.[1];
  return last === undefined ? 0 : Number(last);
}

/** What rsync has read so far; 0 where it does not run. */
function readBytes(read: string | undefined): number {
  const bytes = count.safeParse(read ?? '');
  return bytes.success ? bytes.data : 0;
}

function decode(text: string | undefined): string {
  return Buffer.from(text ?? '', 'base64').toString('utf8');
}

function broken(why: string, text: string): FleetliftError {
  return new FleetliftError('E-AGENT-OUTPUT', {
    message: `the agent's status of a pass cannot be read (${why}): ${JSON.stringify(text.slice(0, 200))}`,
  });
}
