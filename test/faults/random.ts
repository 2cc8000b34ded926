import type { Cell } from './cells.js';
import { FAULTS } from './faults.js';
import { NothingToStrike, type Strike } from './strikes/strike.js';

/** About as long as a migration of lab1 takes, seconds. */
const MIGRATION_SECONDS = 70;

/** Cells with a random fault at a random moment; the same seed makes the same ones. */
export function randomCells(count: number, seed: number): Cell[] {
  const next = generator(seed);
  return Array.from({ length: count }, (_, index) => {
    const fault = FAULTS[Math.floor(next() * FAULTS.length)];
    const atSeconds = Math.round(next() * MIGRATION_SECONDS * 10) / 10;
    if (fault === undefined) throw new RangeError('there is no fault');
    return {
      name: `${fault.name}:random-${seed}-${index + 1}-at-${atSeconds}s`,
      fault: { ...fault, strike: ifThere(fault.strike) },
      moment: {
        name: 'preflight',
        what: `${atSeconds} s have passed`,
        journey: 'once',
        content: 'all',
        isNow: after(atSeconds),
      },
      expected: 'either',
    };
  });
}

/** Whether so many seconds have passed since the first question. */
function after(seconds: number): () => boolean {
  let firstMs: number | null = null;
  return () => Date.now() - (firstMs ??= Date.now()) >= seconds * 1000;
}

/** At a random moment there may be nothing to strike: then the run goes on undisturbed. */
function ifThere(strike: Strike): Strike {
  return async (trial) => {
    try {
      return await strike(trial);
    } catch (error) {
      if (!(error instanceof NothingToStrike)) throw error;
      return () => Promise.resolve();
    }
  };
}

/** mulberry32: numbers from 0 to 1 that look random and are the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
