import { expect, it } from 'vitest';
import { writeOutSchedule } from './writeOut.js';

it('a transfer is written out after three seconds or so many bytes, whichever comes first', () => {
  let bytes = 0;
  let ms = 0;
  const isDue = writeOutSchedule(
    { ms: 3_000, bytes: 1_000 },
    () => bytes,
    () => ms,
  );
  const after = (moreMs: number, moreBytes: number): boolean => {
    ms += moreMs;
    bytes += moreBytes;
    return isDue();
  };
  expect(after(2_999, 1)).toBe(false);
  expect(after(1, 0)).toBe(true);
  expect(after(200, 999)).toBe(false);
  expect(after(200, 1)).toBe(true);
  expect(after(200, 1)).toBe(false);
  expect(after(2_800, 0)).toBe(true);
});
