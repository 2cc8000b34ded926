import { describe, expect, it } from 'vitest';
import { isOpen, untilChange } from './window.js';

const night = { from: '22:00', to: '06:00', timezone: 'Asia/Shanghai' };
const at = (iso: string): number => Date.parse(iso);

describe('a window', () => {
  it.each([
    ['2026-11-24T13:59:59Z', false],
    ['2026-11-24T14:00:00Z', true],
    ['2026-11-24T21:59:00Z', true],
    ['2026-11-24T22:00:00Z', false],
  ])('over midnight, by the clock of its zone, at %s', (iso, open) => {
    expect(isOpen(night, at(iso))).toBe(open);
  });

  it('tells when it opens and closes next', () => {
    expect(untilChange(night, at('2026-11-24T13:00:30Z'))).toBe((59 * 60 + 30) * 1000);
    expect(untilChange(night, at('2026-11-24T14:00:00Z'))).toBe(8 * 3_600_000);
  });

  it('keeps to the clock when summer time ends: the night is an hour longer', () => {
    const berlin = { from: '22:00', to: '06:00', timezone: 'Europe/Berlin' };
    expect(untilChange(berlin, at('2026-10-24T20:00:00Z'))).toBe(9 * 3_600_000);
  });

  it('is the whole day where it ends when it begins', () => {
    const always = { from: '00:00', to: '00:00', timezone: 'UTC' };
    expect(isOpen(always, at('2026-01-01T12:00:00Z'))).toBe(true);
    expect(untilChange(always, at('2026-01-01T12:00:00Z'))).toBeNull();
  });
});
