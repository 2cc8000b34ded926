// Runs the parts of the test suite one after the other, prints a table and what failed, and ends with
// `N passed, N failed`.
// Usage: test.mjs [--all] [PART …]. Results with seconds per part are written to .cache/test-results.json.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { failureLines, failuresOf, partFailure } from './failures.mjs';

const bin = (name) => `node_modules/.bin/${name}`;
const vitest = (project) => ({
  name: project,
  command: [bin('vitest'), 'run', '--project', project],
  counts: true,
});

/**
 * Every part in order: quick ones first, so that a slip is seen within seconds. What only reads runs all at once, and
 * beside it the systems of the lab are built, which is waiting for downloads and one core.
 */
const parts = [
  { name: 'format', command: [bin('prettier'), '--check', '--log-level', 'warn', '.'], atOnce: true },
  { name: 'lint', command: [bin('eslint'), '.'], atOnce: true },
  { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.json', '--noEmit'], atOnce: true },
  { name: 'dead code', command: [bin('knip')], atOnce: true },
  { name: 'lab trees', command: ['node', 'dist/lab/main.js', 'build'], atOnce: true },
  vitest('unit'),
  vitest('system'),
  vitest('workflows'),
  vitest('e2e'),
  // The lab is exercised by e2e; its own tests, with kills at every stage, take minutes more.
  { ...vitest('lab'), allOnly: true },
  { ...vitest('fleet'), allOnly: true },
  { name: 'machines', command: ['node', 'dist/test/machines/main.js'], allOnly: true },
  { name: 'production', command: ['node', 'dist/test/production/main.js'], allOnly: true },
  { name: 'faults', command: ['node', 'dist/test/faults/main.js'], allOnly: true },
];

const all = process.argv.includes('--all');
// Random fleets take seconds each.
if (all) process.env.FLEETLIFT_FLEETS ??= '200';
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const results = [];
mkdirSync('.cache', { recursive: true });

const chosen = parts.filter(({ name, allOnly }) =>
  wanted.length > 0 ? wanted.includes(name) : allOnly !== true || all,
);
const atOnce = chosen.filter((part) => part.atOnce === true);
for (const result of await Promise.all(atOnce.map(runBeside))) results.push(result);

for (const part of chosen.filter((part) => part.atOnce !== true)) {
  console.log(`\n=== ${part.name}`);
  const report = `.cache/vitest-${part.name}.json`;
  rmSync(report, { force: true });
  const [command, ...args] = part.command;
  if (part.counts) args.push('--reporter=default', '--reporter=json', `--outputFile.json=${report}`);
  const startedAt = Date.now();
  const end = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  results.push({ part: part.name, seconds: secondsSince(startedAt), ...outcome(part, end, report) });
}

console.log('\npart         seconds   passed   failed');
for (const { part, seconds, passed, failed } of results) {
  console.log(
    `${part.padEnd(12)} ${String(seconds).padStart(7)} ${String(passed).padStart(8)} ${String(failed).padStart(8)}`,
  );
}
writeFileSync('.cache/test-results.json', `${JSON.stringify(results, null, 2)}\n`);
const failures = results.flatMap((result) => failureLines(result.part, result.failures));
if (failures.length > 0) console.log(['\nfailed', ...failures].join('\n'));
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** Runs a part beside others; what it says is shown when it has ended, so that it is not mixed. */
async function runBeside(part) {
  const startedAt = Date.now();
  const [command, ...args] = part.command;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [status, signal] = await once(child, 'close');
  console.log(`\n=== ${part.name}`);
  process.stdout.write(said);
  return { part: part.name, seconds: secondsSince(startedAt), ...outcome(part, { status, signal }, null) };
}

function secondsSince(startedAt) {
  return Math.round((Date.now() - startedAt) / 100) / 10;
}

/** A check counts as one; a vitest project counts its tests, and one failure more where it ended badly all the same. */
function outcome(part, end, report) {
  const isGood = end.status === 0;
  const ofPart = isGood ? [] : [partFailure(end, part.counts === true)];
  if (!part.counts) return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, failures: ofPart };
  try {
    const content = JSON.parse(readFileSync(report, 'utf8'));
    // A suite fails with any test in it; by itself it counts where it could not be loaded or cleaned up.
    const found = failuresOf(content);
    const failures = found.length > 0 ? found : ofPart;
    return { passed: content.numPassedTests, failed: failures.length, failures };
  } catch (error) {
    const message = `left no report (${end.signal ?? `exit status ${end.status}`}): ${error.message}`;
    return { passed: 0, failed: 1, failures: [{ file: null, test: null, message }] };
  }
}
