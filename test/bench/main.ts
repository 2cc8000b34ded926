/**
 * The benchmarks: `npm run bench [-- NAME…] [-- --rounds N]`. Prints their figures and writes `.cache/bench.json`. Exit 1
 * where one is not as good as it must be.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_DIR } from '../../lab/paths.js';
import { benchFleet } from './fleet.js';
import { benchSync } from './sync.js';
import { say, type BenchOutcome } from './benchmark.js';

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '3' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError('--rounds takes a whole number from 1');

const BENCHMARKS: Readonly<Record<string, () => Promise<BenchOutcome>>> = {
  sync: () => benchSync(rounds),
  fleet: benchFleet,
};

const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
const outcomes: Record<string, BenchOutcome> = {};
for (const name of names) {
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined)
    throw new RangeError(`no benchmark "${name}": ${Object.keys(BENCHMARKS).join(', ')}`);
  say(name);
  outcomes[name] = await benchmark();
}
await mkdir(join(PROJECT_DIR, '.cache'), { recursive: true });
await writeFile(join(PROJECT_DIR, '.cache', 'bench.json'), `${JSON.stringify(outcomes, null, 2)}\n`);
const failed = Object.keys(outcomes).filter((name) => outcomes[name]?.passed === false);
if (failed.length > 0) say(`not good enough: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
