/**
 * Migrates the lab's QEMU machines and prints a table: profile by profile, from empty disks to the second boot of the
 * image. Results go to .cache/machines.json; what has passed with this build is not run again.
 *
 * `--only PROFILE` or a scenario's name (repeated), `--list`, `--again` (also what has passed).
 */
import { parseArgs } from 'node:util';
import { labDown } from '../../lab/lab.js';
import { PROFILES } from '../../lab/vm/profiles.js';
import { Fleetlift } from '../e2e/fleetlift.js';
import { Results } from './results.js';
import { runProfile } from './runProfile.js';
import { SCENARIOS } from './scenarios/scenarios.js';
import { renderProfiles, renderScenarios } from './table.js';

/** Machines at a time: two cores boot two. */
const AT_ONCE = 2;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
  },
});
const wanted = (name: string): boolean => values.only === undefined || values.only.includes(name);
const results = await Results.open();
const profiles = PROFILES.filter(({ name }) => wanted(name));
const scenarios = SCENARIOS.filter(({ name }) => wanted(name));
if (values.list) list();
else await run();

function list(): void {
  for (const { name, summary } of profiles) {
    console.log(
      `${name.padEnd(20)} ${summary}  ${results.content.profiles[name]?.passed === true ? 'passed' : ''}`,
    );
  }
  for (const { name, summary } of scenarios) {
    console.log(
      `${name.padEnd(20)} ${summary}  ${results.content.scenarios[name]?.passed === true ? 'passed' : ''}`,
    );
  }
}

async function run(): Promise<void> {
  await labDown();
  const fleetlift = await Fleetlift.inNewFolder();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close(fleetlift).finally(() => process.exit(130)));
  }
  try {
    await fleetlift.run('up');
    const waiting = profiles
      .map(({ name }, index) => ({ name, number: index + 1 }))
      .filter(({ name }) => values.again || results.content.profiles[name]?.passed !== true);
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        say(`${next.name} on lab${next.number} …`);
        const row = await runProfile(fleetlift, next.name, next.number);
        await results.noteProfile(row);
        say(`${row.profile} ${row.passed ? 'passed' : 'FAILED'} after ${row.took} s: ${row.ended}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    await labDown();
    for (const scenario of scenarios) {
      if (!values.again && results.content.scenarios[scenario.name]?.passed === true) continue;
      say(`${scenario.name} …`);
      const row = await playScenario(fleetlift, scenario);
      await results.noteScenario(row);
      say(`${row.scenario} ${row.passed ? 'passed' : 'FAILED'} after ${row.took} s: ${row.ended}`);
      await labDown();
    }
  } finally {
    await close(fleetlift);
  }
  const profileRows = profiles.flatMap(({ name }) => results.content.profiles[name] ?? []);
  const scenarioRows = scenarios.flatMap(({ name }) => results.content.scenarios[name] ?? []);
  console.log(`\n${[...renderProfiles(profileRows), '', ...renderScenarios(scenarioRows)].join('\n')}`);
  const rows = [...profileRows, ...scenarioRows];
  const failed = rows.filter(({ passed }) => !passed).length;
  const minutes = Math.round(rows.reduce((sum, { took }) => sum + took, 0) / 60);
  console.log(
    `\n${rows.length - failed} passed, ${failed} failed; ${minutes} minutes, ${AT_ONCE} profiles at a time`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}

async function playScenario(
  fleetlift: Fleetlift,
  { name, play }: (typeof SCENARIOS)[number],
): Promise<Parameters<Results['noteScenario']>[0]> {
  const startedMs = Date.now();
  const took = (): number => Math.round((Date.now() - startedMs) / 1000);
  try {
    return { scenario: name, ended: await play(fleetlift), passed: true, took: took() };
  } catch (error) {
    const ended = error instanceof Error ? error.message : String(error);
    return { scenario: name, ended, passed: false, took: took() };
  }
}

async function close(fleetlift: Fleetlift): Promise<void> {
  try {
    await fleetlift.giveUp();
  } finally {
    await fleetlift.dispose();
    await labDown();
  }
}

function say(line: string): void {
  process.stderr.write(`machines: ${line}\n`);
}
