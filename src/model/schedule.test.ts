import { describe, expect, it } from 'vitest';
import { judgeSchedule, scheduleId, scheduleName, type ScheduleFacts } from './schedule.js';

const AT = '2026-12-01T02:00:00Z';
const facts: ScheduleFacts = { at: AT, paused: false, caughtUpTooLate: false, run: null };
const judge = (own: Partial<ScheduleFacts>, minutesAfter: number) =>
  judgeSchedule({ ...facts, ...own }, Date.parse(AT) + minutesAfter * 60_000);

describe('how a schedule stands', () => {
  it.each([
    ['due', {}, -1],
    ['due', {}, 9],
    ['missed', {}, 11],
    ['missed', { caughtUpTooLate: true }, 1],
    ['paused', { paused: true }, -1],
    ['missed', { paused: true }, 1],
    ['starting', { run: { outcome: 'running' } }, 0],
    // A failure pauses it.
    ['failed', { paused: true, run: { outcome: 'failed', code: 'E-EDIT-REFUSED', message: '' } }, 1],
    ['failed', { run: { outcome: 'ended' } }, 1],
    ['missed', { paused: true, run: { outcome: 'timed-out' } }, 30],
    ['done', { run: { outcome: 'completed', message: 'started dc1' } }, 600],
  ] as const)('is %s for %j %d minutes after its time', (state, own, minutesAfter) => {
    expect(judge(own, minutesAfter).state).toBe(state);
  });

  it('says why it was missed, and for what it failed', () => {
    expect(judge({ paused: true }, 1).remark).toBe('it was paused at its time');
    expect(judge({}, 11).remark).toContain('Temporal did not run');
    const refused = { outcome: 'failed', code: 'E-EDIT-REFUSED', message: 'web1 is running' } as const;
    expect(judge({ run: refused }, 1)).toEqual({
      state: 'failed',
      code: 'E-EDIT-REFUSED',
      remark: 'web1 is running',
    });
  });
});

it('a schedule of somebody else in the same Temporal is not ours', () => {
  expect(scheduleName(scheduleId('dc1/canary'))).toBe('dc1/canary');
  expect(scheduleName('nightly-backup')).toBeNull();
});
