/** A few minutes of the fault matrix, by faults that no other test strikes with: `npm run test:faults` plays all of it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tableCells, toolCell, type Cell } from '../faults/cells.js';
import { Ledger } from '../faults/Ledger.js';
import { Matrix } from '../faults/Matrix.js';

const SELECTION = ['agent:verify-data', 'qemu:verify-boot'];

let ledger: Ledger;
let matrix: Matrix;

beforeAll(async () => {
  ledger = await Ledger.open('faults-selection.json');
  matrix = new Matrix(ledger, console.log, true);
});

afterAll(() => matrix.close());

async function play(cell: Cell): Promise<void> {
  expect(await matrix.play(cell)).toMatchObject({ passed: true, left: [] });
}

it.each(SELECTION)('%s ends as it must, and leaves nothing', async (name) => {
  const cell = tableCells().find((one) => one.name === name);
  if (cell === undefined) throw new Error(`the matrix has no cell ${name}`);
  await play(cell);
});

it('kill -9 of the service between two commands of the image step ends as it must, and leaves nothing', async () => {
  const call = ledger.content.imageCalls.findIndex((one) => one.startsWith('qemu-img convert')) + 1;
  expect(call).toBeGreaterThan(0);
  await play(toolCell([call]));
});
