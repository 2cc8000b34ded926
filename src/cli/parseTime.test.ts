import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { nowIn, parseTime } from './parseTime.js';

describe('parseTime', () => {
  const now = DateTime.fromISO('2026-11-24T22:30:00', { zone: 'Asia/Shanghai' }) as DateTime<true>;

  it.each([
    ['23:00', '2026-11-24T15:00:00Z'],
    ['2:00', '2026-11-24T18:00:00Z'],
    ['22:30', '2026-11-25T14:30:00Z'],
    ['2026-12-01T02:00', '2026-11-30T18:00:00Z'],
    ['2026-12-01T02:00+00:00', '2026-12-01T02:00:00Z'],
    ['2026-12-01T02:00:00.5Z', '2026-12-01T02:00:01Z'],
  ])('reads %s', (text, iso) => {
    expect(parseTime(text, now)).toBe(iso);
  });

  it.each(['', 'tomorrow', '25:00', '2026-13-01', '2026-11-24T22:00'])('refuses %j', (text) => {
    expect(() => parseTime(text, now)).toThrow();
  });
});

it('the clock of another zone is asked for by its name', () => {
  expect(nowIn('Asia/Shanghai').offset).toBe(480);
  expect(() => nowIn('Shanghai/Asia')).toThrow('"Shanghai/Asia" is no time zone');
});
