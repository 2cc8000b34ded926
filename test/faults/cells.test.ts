import { describe, expect, it } from 'vitest';
import { tableCells, leftOut, toolCells } from './cells.js';
import { FAULTS } from './faults.js';
import { MOMENTS } from './moments.js';

describe('the fault matrix', () => {
  it('has every fault at every step, or says why not', () => {
    const told = [...tableCells(), ...leftOut()].map(({ name }) => name).sort();
    const all = FAULTS.flatMap((fault) => MOMENTS.map((moment) => `${fault.name}:${moment.name}`)).sort();
    expect(told).toEqual(all);
  });

  it('meets every external command of the image step once', () => {
    expect(toolCells(14).map(({ name }) => name)).toEqual([
      'tools-1-6:image',
      'tools-7-12:image',
      'tools-13-14:image',
    ]);
  });
});
