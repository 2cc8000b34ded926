import { expect, it } from 'vitest';
import { randomCells } from './random.js';

it('makes the same cells of the same seed', () => {
  const names = (seed: number): string[] => randomCells(20, seed).map(({ name }) => name);
  expect(names(7)).toEqual(names(7));
  expect(names(7)).not.toEqual(names(8));
  expect(new Set(names(7).map((name) => name.split(':')[0])).size).toBeGreaterThan(5);
});
