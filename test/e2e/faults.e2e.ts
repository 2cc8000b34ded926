/** A few minutes of the fault matrix, by faults that no other test strikes with: `npm run test:faults` plays all of it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tableCells } from '../faults/cells.js';
import { Ledger } from '../faults/Ledger.js';
import { Matrix } from '../faults/Matrix.js';

const SELECTION = ['agent:verify-data', 'qemu:verify-boot'];

let matrix: Matrix;

beforeAll(async () => {
  matrix = new Matrix(await Ledger.open('faults-selection.json'), console.log, true);
});

afterAll(() => matrix.close());

it.each(SELECTION)('%s ends as it must, and leaves nothing', async (name) => {
  const cell = tableCells().find((one) => one.name === name);
  if (cell === undefined) throw new Error(`the matrix has no cell ${name}`);
  expect(await matrix.play(cell)).toMatchObject({ passed: true, left: [] });
});
