/** A few minutes of the fault matrix, by faults that no other test strikes with: `npm run test:faults` plays all of it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tableCells } from '../faults/cells.js';
import { Ledger } from '../faults/Ledger.js';
import { Matrix } from '../faults/Matrix.js';

const SELECTION = ['agent:verify-data', 'qemu:verify-boot'];

let matrix: Matrix;

beforeAll(async () => {
  matrix = new Matrix(await Ledger.open('faults-selection.json'), console.log, {
    quick: true,
    profile: null,
  });
});

afterAll(() => matrix.close());

it(`${SELECTION.join(' and ')} end as they must, and leave nothing`, async () => {
  const cells = tableCells().filter(({ name }) => SELECTION.includes(name));
  expect(cells.map(({ name }) => name)).toEqual(SELECTION);
  expect(await matrix.play(cells)).toMatchObject(SELECTION.map(() => ({ passed: true, left: [] })));
});
