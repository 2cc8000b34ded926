import { expect, test } from 'vitest';
import type { JobStatus } from '../model/job.js';
import type { MigrationStatus, ServerSummary } from '../model/messages.js';
import { resultOfStatus } from './summaries.js';

const STARTED = '2026-03-01T02:00:00.000Z';
const NOW_MS = Date.parse('2026-03-01T03:00:00.000Z');

function status(
  outcome: MigrationStatus['outcome'],
  ...servers: readonly (readonly [JobStatus, string?])[]
): MigrationStatus {
  const summaries = servers.map(
    ([state, endedAt]) => ({ status: state, ...(endedAt === undefined ? {} : { endedAt }) }) as ServerSummary,
  );
  return { name: 'dc1', outcome, startedAt: STARTED, waves: [], servers: summaries };
}

test('a migration that is over took until its last server ended, however late one asks', () => {
  const servers = [
    ['Finished', '2026-03-01T02:20:00.000Z'],
    ['Finished', '2026-03-01T02:10:00.000Z'],
  ] as const;
  expect(resultOfStatus(status('finished', ...servers), NOW_MS).seconds).toBe(1200);
  expect(resultOfStatus(status('failed', ...servers, ['Cancelled']), NOW_MS).seconds).toBe(1200);
});

test('one that goes on, waits, or was given up before it began takes until now', () => {
  const server = ['Finished', '2026-03-01T02:20:00.000Z'] as const;
  for (const outcome of ['running', 'waiting'] as const) {
    expect(resultOfStatus(status(outcome, server, ['InError']), NOW_MS).seconds).toBe(3600);
  }
  expect(resultOfStatus(status('failed', ['Cancelled']), NOW_MS).seconds).toBe(3600);
});
