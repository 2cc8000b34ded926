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

  it('meets every boundary between two tools of the image step once', () => {
    const calls = ['cp a', 'losetup b', 'losetup -d', 'mount c', 'sh d', 'sh e', 'umount f', 'cp g'];
    expect(toolCells(calls).map(({ fault }) => fault.what)).toEqual([
      'kill -9 of the service before the external commands 1, 2, 4, 5, 7, 8 of the image step',
    ]);
    const many = Array.from({ length: 14 }, (_, index) => `tool${index}`);
    expect(toolCells(many).map(({ name }) => name)).toEqual(['tools-1-10:image', 'tools-11-14:image']);
  });
});
