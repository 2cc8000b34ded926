import type { ErrorCode } from '../errors/catalogue.js';

/** Exit status of every command; scripts rely on these. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  serversFailed: 3,
  waiting: 4,
  detached: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each status means, for the help of the commands that use it. */
export const EXIT_MEANING: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'unexpected error',
  2: 'wrong usage or inventory',
  3: 'some servers failed',
  4: 'waiting for the operator',
  130: 'detached by Ctrl-C; the migration goes on',
};

const USAGE_CODES: readonly ErrorCode[] = ['E-USAGE', 'E-INVENTORY', 'E-EDIT-REFUSED'];

export function exitCodeOf(code: ErrorCode): ExitCode {
  return USAGE_CODES.includes(code) ? EXIT.usage : EXIT.unexpected;
}
