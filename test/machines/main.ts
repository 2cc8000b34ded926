/**
 * Migrates the lab's QEMU machines and prints a table: profile by profile, from empty disks to the second boot of the
 * image. Results go to .cache/machines.json; what has passed with this build is not run again.
 *
 * `--only PROFILE` or a scenario's name (repeated), `--list`, `--again` (also what has passed).
 */
import { parseArgs } from 'node:util';
import { labDown, labStatus, labUp, powerOff } from '../../lab/lab.js';
import { PROFILES, type ProfileName, type VmProfile } from '../../lab/vm/profiles.js';
import { closeLab } from '../e2e/closeLab.js';
import { Fleetlift } from '../e2e/fleetlift.js';
import { closeOnSignal } from '../support/closeOnSignal.js';
import { Results } from './results.js';
import { runProfile } from './runProfile.js';
import { SCENARIOS, type Scenario } from './scenarios/scenarios.js';
import { renderProfiles, renderScenarios } from './table.js';

/** Machines at a time, one more than two cores can emulate: now and then one waits for the lab, or for its disk. */
const AT_ONCE = 3;

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
  const interrupted = new AbortController();
  closeOnSignal(() => {
    interrupted.abort();
    return closeLab(fleetlift);
  });
  try {
    await fleetlift.run('up');
    const works = PROFILES.map((profile, index) => workOn(fleetlift, profile, 2 * index + 1))
      .filter(({ pieces }) => pieces.length > 0)
      .sort((one, other) => other.weight - one.weight);
    // Side by side, since who makes one by itself keeps the others waiting. What goes wrong here does so again in its row.
    const first = works.slice(0, AT_ONCE);
    await labUp({
      servers: first.map(({ machines: [machine] }) => machine),
      profiles: first.map(({ profile }) => profile),
    }).catch((error: unknown) => {
      say(`not all of the first machines could be made: ${String(error)}`);
    });
    const lane = async (): Promise<void> => {
      for (let next = works.shift(); next !== undefined; next = works.shift()) {
        for (const piece of next.pieces) {
          // What it would find is being taken away.
          if (interrupted.signal.aborted) return;
          say(`${piece.name} …`);
          const { passed, took, ended } = await piece.run();
          say(`${piece.name} ${passed ? 'passed' : 'FAILED'} after ${took} s: ${ended}`);
        }
        // The processors are for the machines that are next.
        for (const machine of next.machines) await offIfOn(`lab${machine}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } finally {
    await closeLab(fleetlift);
  }
  const profileRows = profiles.flatMap(({ name }) => results.content.profiles[name] ?? []);
  const scenarioRows = scenarios.flatMap(({ name }) => results.content.scenarios[name] ?? []);
  console.log(`\n${[...renderProfiles(profileRows), '', ...renderScenarios(scenarioRows)].join('\n')}`);
  const rows = [...profileRows, ...scenarioRows];
  const failed = rows.filter(({ passed }) => !passed).length;
  const minutes = Math.round(rows.reduce((sum, { took }) => sum + took, 0) / 60);
  console.log(`\n${rows.length - failed} passed, ${failed} failed; ${minutes} minutes, ${AT_ONCE} at a time`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** A row of the table, still to be filled. */
interface Piece {
  readonly name: string;
  /** It has passed with this build. */
  readonly done: boolean;
  run(): Promise<{ readonly passed: boolean; readonly ended: string; readonly took: number }>;
}

/** What is done with a machine, one thing after the other: to install it takes minutes. */
interface Work {
  readonly profile: ProfileName;
  /** Numbers of the lab's servers that it takes: the machine's, and its copy's. */
  readonly machines: readonly [number, number];
  readonly pieces: readonly Piece[];
  /** What takes longest begins first, so that no lane is alone with it at the end. */
  readonly weight: number;
}

/** The row of a profile, then the scenarios that are played on it, of those that are wanted and have not passed. */
function workOn(fleetlift: Fleetlift, { name, smallFiles }: VmProfile, number: number): Work {
  const pieces = [
    ...profiles.filter((one) => one.name === name).map(() => profilePiece(fleetlift, name, number)),
    ...scenarios
      .filter(({ profile }) => profile === name)
      .map((scenario) => scenarioPiece(fleetlift, scenario, number)),
  ].filter(({ done }) => values.again || !done);
  const weight = pieces.length + (smallFiles > 0 ? PROFILES.length : 0);
  return { profile: name, machines: [number, number + 1], pieces, weight };
}

function profilePiece(fleetlift: Fleetlift, name: ProfileName, number: number): Piece {
  return {
    name,
    done: results.content.profiles[name]?.passed === true,
    async run() {
      const row = await runProfile(fleetlift, name, number);
      await results.noteProfile(row);
      return row;
    },
  };
}

function scenarioPiece(fleetlift: Fleetlift, { name, play }: Scenario, number: number): Piece {
  return {
    name,
    done: results.content.scenarios[name]?.passed === true,
    async run() {
      const startedMs = Date.now();
      const outcome = await play(fleetlift, number).then(
        (ended) => ({ ended, passed: true }),
        (error: unknown) => ({
          ended: error instanceof Error ? error.message : String(error),
          passed: false,
        }),
      );
      const row = { scenario: name, ...outcome, took: Math.round((Date.now() - startedMs) / 1000) };
      await results.noteScenario(row);
      return row;
    },
  };
}

async function offIfOn(name: string): Promise<void> {
  const server = (await labStatus()).find((one) => one.name === name);
  if (server?.power === 'on') await powerOff(name);
}

function say(line: string): void {
  process.stderr.write(`machines: ${line}\n`);
}
