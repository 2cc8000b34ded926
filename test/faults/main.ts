/**
 * Strikes real migrations with every fault at every step, prints what came of it and writes it to .cache/faults.json.
 * A cell that has passed with this build is not run again. Exit 1 where one fails, 4 where cells are left for another run.
 *
 * `--only worker:sync` (repeated, with `*`), `--list`, `--again` (also what has passed), `--minutes 8` (begins no cell
 * after that), `--quick` (boots only what a boot is struck at), `--random 20 --seed 7` (any fault at any moment),
 * `--profile lvm` (the sources are QEMU machines; only cells that want no large file can be played on them: `tools-*`).
 */
import { parseArgs } from 'node:util';
import { vmProfile } from '../../lab/vm/profiles.js';
import { leftOut, tableCells, toolCells, type Cell } from './cells.js';
import { Ledger } from './Ledger.js';
import { AT_ONCE, Matrix } from './Matrix.js';
import { randomCells } from './random.js';
import { closeOnSignal } from '../support/closeOnSignal.js';
import { renderRows } from './table.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    minutes: { type: 'string' },
    random: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const profile = values.profile === undefined ? null : vmProfile(values.profile).name;
const ledger = await Ledger.open(
  `${['faults', ...(values.quick ? ['quick'] : []), ...(profile === null ? [] : [profile])].join('-')}.json`,
);
if (values.list) list();
else await run();

function list(): void {
  for (const { name, fault, moment, expected } of chosen()) {
    const how = typeof expected === 'string' ? expected : `waits: ${expected.join(', ')}`;
    const passed = ledger.hasPassed(name) ? 'passed' : '';
    console.log(`${name.padEnd(28)} ${fault.what}, while ${moment.what}: ${how}  ${passed}`);
  }
  console.log('\nleft out');
  for (const { name, why } of leftOut()) console.log(`${name.padEnd(28)} ${why}`);
  console.log('\nexternal commands of the image step, each met by a cell');
  for (const [index, call] of ledger.content.imageCalls.entries()) console.log(`${index + 1}  ${call}`);
}

async function run(): Promise<void> {
  const untilMs = values.minutes === undefined ? Infinity : Date.now() + Number(values.minutes) * 60_000;
  const matrix = new Matrix(ledger, say, { quick: values.quick, profile });
  closeOnSignal(() => matrix.close());
  try {
    // Tells how many commands the image step has.
    if (ledger.content.imageCalls.length === 0) await matrix.measure({ journey: 'once', content: 'all' });
    const wanted = chosen().filter(({ name }) => values.again || !ledger.hasPassed(name));
    while (wanted.length > 0 && Date.now() < untilMs) await matrix.play(wanted.splice(0, AT_ONCE));
  } finally {
    await matrix.close();
  }
  const rows = chosen().flatMap(({ name }) => ledger.content.rows[name] ?? []);
  console.log(`\n${renderRows(rows).join('\n')}`);
  const failed = rows.filter(({ passed }) => !passed).length;
  const missing = chosen().length - rows.length;
  const minutes = Math.round(rows.reduce((sum, { share }) => sum + share, 0) / 60);
  console.log(
    `\n${rows.length - failed} passed, ${failed} failed, ${missing} not run yet; ${minutes} minutes in all`,
  );
  process.exitCode = failed > 0 ? 1 : missing > 0 ? 4 : 0;
}

/** The cells asked for, in order. */
function chosen(): Cell[] {
  if (values.random !== undefined) return randomCells(Number(values.random), Number(values.seed));
  const all = [...tableCells(), ...toolCells(ledger.content.imageCalls)];
  const { only = [] } = values;
  const patterns = only.map((one) => new RegExp(`^${one.replaceAll('*', '.*')}$`));
  return patterns.length === 0
    ? all
    : all.filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
}

function say(line: string): void {
  process.stderr.write(`faults: ${line}\n`);
}
