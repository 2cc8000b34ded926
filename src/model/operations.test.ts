import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JobStatus } from './job.js';
import { renderOperations } from './renderOperations.js';
import { EFFECTS, judgeOperation, OPERATIONS, possibleOperations, type OperatorView } from './operations.js';

const view = (status: JobStatus, more: Partial<OperatorView> = {}): OperatorView => ({
  status,
  step: null,
  pausing: false,
  sync: null,
  ...more,
});

describe('states and operations', () => {
  it('refuses to delete what runs, and says what is possible instead', () => {
    expect(judgeOperation('delete', 'web1', view('Running', { step: 'image' }))).toEqual({
      accepted: false,
      message: 'web1 is running step image: delete is not possible. Possible: pause, cancel.',
    });
  });

  it('stops a transfer at once and any other step at its end', () => {
    expect(judgeOperation('pause', 'web1', view('Running', { step: 'sync' })).message).toContain(
      'within seconds',
    );
    expect(judgeOperation('pause', 'web1', view('Running', { step: 'verify' })).message).toBe(
      'web1 stops when step verify is done: that step cannot be interrupted',
    );
  });

  it('retries only what is in error, at the step that failed', () => {
    expect(judgeOperation('retry', 'db1', view('InError', { step: 'image' }))).toEqual({
      accepted: true,
      message: 'db1 goes on at step image',
    });
    expect(judgeOperation('retry', 'db1', view('Finished')).accepted).toBe(false);
  });

  it('tells a delta, which a cutover may follow, from the first sync and from the cutover itself', () => {
    const sync = { passes: 1, logicalBytes: 1, wireBytes: 1, seconds: 1 };
    const running = view('Running', { step: 'sync', sync });
    const delta = { ...running, sync: { ...sync, syncedAt: '2026-11-01T00:00:00Z' } };
    const began = { stoppedAt: null, endedAt: null, downSeconds: null, services: null };
    expect(judgeOperation('cutover', 'db1', running).accepted).toBe(false);
    expect(judgeOperation('cutover', 'db1', delta).message).toContain('when the delta that runs has come');
    expect(judgeOperation('cutover', 'db1', { ...delta, status: 'Queued' }).accepted).toBe(true);
    const cutting = { ...delta, cutover: { startedAt: '2026-11-02T00:00:00Z', ...began } };
    expect(judgeOperation('pause', 'db1', cutting).message).toContain('gives its cutover up');
    expect(judgeOperation('cutover', 'db1', cutting).accepted).toBe(false);
  });

  it('deletes what was queued again, which has made something', () => {
    expect(possibleOperations(view('Queued', { step: 'preflight' })).join(' ')).toBe(
      'pause skip cancel delete',
    );
  });

  it.each([
    ['Queued', 'pause skip cancel'],
    ['Ready', 'pause cancel'],
    ['Waiting', 'pause skip cancel delete sync-now cutover'],
    ['Stopped', 'resume skip cancel delete'],
    ['InError', 'retry skip cancel delete'],
    ['Finished', 'delete'],
    ['Expired', 'delete'],
    ['Deleting', ''],
  ] as const)('in %s allows: %s', (status, operations) => {
    expect(possibleOperations(view(status)).join(' ')).toBe(operations);
  });

  it('has an effect somewhere for every operation', () => {
    for (const operation of OPERATIONS) expect(Object.keys(EFFECTS[operation])).not.toEqual([]);
  });
});

it('docs/operations.md is up to date (else: npm run build && node scripts/docs.mjs)', () => {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  expect(text).toBe(renderOperations());
});
