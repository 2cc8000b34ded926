import { describe, expect, it } from 'vitest';
import { rateMeter } from './rate.js';

describe('rateMeter', () => {
  it('averages over its window', () => {
    const meter = rateMeter(10_000);
    expect(meter.add(0, 0)).toBe(0);
    expect(meter.add(1000, 1000)).toBe(1000);
    expect(meter.add(1000, 4000)).toBe(250);
  });

  it('forgets what is older than the window', () => {
    const meter = rateMeter(10_000);
    meter.add(0, 0);
    meter.add(1_000_000, 1_000);
    meter.add(1_000_000, 15_000);
    expect(meter.add(1_000_000, 30_000)).toBe(0);
  });

  it('is never negative when a counter starts anew', () => {
    const meter = rateMeter();
    meter.add(5000, 0);
    expect(meter.add(0, 1000)).toBe(0);
  });
});
