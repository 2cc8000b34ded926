import { expect, it } from 'vitest';
import { showTime } from './showTime.js';

it.each([
  ['2026-12-01T02:00:00Z', 'Asia/Shanghai', '2026-12-01 10:00 Asia/Shanghai (2026-12-01 02:00 UTC)'],
  ['2026-11-30T18:00:05Z', 'Asia/Shanghai', '2026-12-01 02:00:05 Asia/Shanghai (2026-11-30 18:00:05 UTC)'],
  ['2026-12-01T02:00:00Z', 'UTC', '2026-12-01 02:00 UTC'],
])('%s is shown by the clock of %s and of UTC', (iso, zone, shown) => {
  expect(showTime(iso, zone)).toBe(shown);
});
