/**
 * Random fleets, failures, commands and deaths of workers against the production workflows. FLEETLIFT_FLEETS sets how
 * many, FLEETLIFT_SEED which ones, and FLEETLIFT_FLEET repeats a single one that was found to end badly.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pollUntil } from '../../activities/support/poll.js';
import { WorkflowBench } from '../support/workflowBench.js';
import { playMigration } from './playMigration.js';
import { RELAYS, scenario } from './scenario.js';
import type { Referee } from './Referee.js';

const FLEETS = Number(process.env['FLEETLIFT_FLEETS'] ?? 10);
const SEED = Number(process.env['FLEETLIFT_SEED'] ?? 4);
const ONLY = process.env['FLEETLIFT_FLEET'];
/** Migrations at the same time: they share the workers. */
const AT_ONCE = 12;
const MACHINES = 2;
/** For one fleet; those that stand still cost little, so that all are over long before. */
const LONGEST_MS = 20_000;

let bench: WorkflowBench;
const referees = new Map<string, Referee>();

beforeAll(async () => {
  bench = await WorkflowBench.start({
    relays: RELAYS,
    machines: MACHINES,
    // A machine that has gone keeps none of the workflows that it had in its cache.
    worker: { stickyQueueScheduleToStartTimeout: '3s', maxCachedWorkflows: 60 },
  });
  bench.simulation.lastsMs = 5;
  bench.simulation.observe = (call) => {
    const referee = referees.get(call.migration);
    if (referee === undefined) throw new RangeError(`${call.migration} has no referee`);
    return referee.begins(call);
  };
});

afterAll(() => bench.dispose());

it(
  'brings every server to exactly one end, within all limits, whatever fails, dies and is asked',
  async () => {
    const plans = [...fc.sample(scenario, { numRuns: FLEETS, seed: SEED }).entries()];
    const left = ONLY === undefined ? plans : plans.slice(Number(ONLY), Number(ONLY) + 1);
    const wrong: string[] = [];
    let servers = 0;
    const dying = new AbortController();
    const deaths = letMachinesDie(dying.signal);
    const playOn = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined && wrong.length === 0; next = left.shift()) {
        const [number, plan] = next;
        const violations = await playMigration(bench, `fleet${number}`, plan, referees);
        servers += plan.waves.flatMap((wave) => wave.servers).length;
        if (violations.length === 0) continue;
        const again = `FLEETLIFT_SEED=${SEED} FLEETLIFT_FLEET=${number}`;
        wrong.push(`${again}: ${violations.join('; ')}\n${JSON.stringify(plan)}`);
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, playOn));
    } finally {
      dying.abort();
      const died = await deaths;
      console.log(
        `${referees.size} fleets of ${servers} servers, ${bench.simulation.calls.length} activities, ${died} machines died, FLEETLIFT_SEED=${SEED}`,
      );
    }
    expect(wrong).toEqual([]);
  },
  240_000 + FLEETS * LONGEST_MS,
);

/** One machine after the other goes away, each after a random count of activities. @returns how many did */
async function letMachinesDie(over: AbortSignal): Promise<number> {
  const lives = fc.sample(fc.integer({ min: 500, max: 2_500 }), { numRuns: FLEETS, seed: SEED });
  let died = 0;
  let until = 0;
  for (const life of lives) {
    until += life;
    const isOver = await pollUntil(20, new AbortController().signal, () =>
      Promise.resolve(over.aborted ? 'over' : bench.simulation.calls.length >= until ? 'dies' : null),
    );
    if (isOver === 'over') break;
    await bench.replaceMachine(died);
    died += 1;
  }
  return died;
}
