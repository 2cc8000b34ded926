/**
 * Random fleets, failures, commands and deaths of workers against the production workflows. FLEETLIFT_RUNS sets how many,
 * FLEETLIFT_SEED repeats what a run has found.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CATALOGUE } from '../../src/errors/catalogue.js';
import { FINAL_STATUSES, jobId } from '../../src/model/job.js';
import type { ServerResult } from '../../src/model/job.js';
import { pollUntil } from '../../activities/support/poll.js';
import { failure, migrationName, WorkflowBench } from '../support/workflowBench.js';
import { budgetViolations } from './failureBudget.js';
import { Operator } from './Operator.js';
import { Referee } from './Referee.js';
import { fleetOfScenario, RELAYS, scenario, type Scenario } from './scenario.js';

const RUNS = Number(process.env['FLEETLIFT_RUNS'] ?? 8);
const SEED = Number(process.env['FLEETLIFT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Migrations at the same time: they share the workers. */
const AT_ONCE = 4;
const MACHINES = 2;

let bench: WorkflowBench;
const referees = new Map<string, Referee>();

beforeAll(async () => {
  bench = await WorkflowBench.start({
    relays: RELAYS,
    machines: MACHINES,
    // A machine that has gone keeps none of the workflows that it had in its cache.
    worker: { stickyQueueScheduleToStartTimeout: '500ms', maxCachedWorkflows: 20 },
  });
  bench.simulation.lastsMs = 10;
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
    console.log(`FLEETLIFT_SEED=${SEED} FLEETLIFT_RUNS=${RUNS}`);
    const scenarios = fc.array(scenario, { minLength: AT_ONCE, maxLength: AT_ONCE });
    const deaths = fc.array(fc.record({ afterCalls: fc.nat(250 * AT_ONCE), machine: fc.nat(MACHINES - 1) }), {
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(scenarios, deaths, async (plans, planned) => {
        const before = bench.simulation.calls.length;
        const migrations = Promise.all(plans.map(migrate));
        const over = { yes: false };
        const dying = letDie(planned, before, () => over.yes);
        const violations = await migrations.finally(() => {
          over.yes = true;
        });
        await dying;
        expect(violations.flat()).toEqual([]);
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
  },
  RUNS * 60_000,
);

/** Runs one migration to its end; all that was wrong with it. */
async function migrate(plan: Scenario): Promise<string[]> {
  const fleet = fleetOfScenario(migrationName(), plan);
  const referee = new Referee(fleet);
  referees.set(fleet.name, referee);
  const names = fleet.servers.map(({ name }) => name);
  for (const { server, activity, code, times } of plan.failures) {
    const key = `${names[server % names.length] ?? ''}:${activity}`;
    const thrown = Array.from({ length: times }, () => failure(code, CATALOGUE[code].retryable));
    bench.simulation.failures.set(key, [...(bench.simulation.failures.get(key) ?? []), ...thrown]);
  }
  const handle = await bench.migrate(fleet);
  await new Operator(bench.env.client, fleet, referee).run(plan.commands);
  const { servers } = await handle.result();
  for (const { name, status } of servers) {
    if (!FINAL_STATUSES.includes(status)) referee.violations.push(`${name} is ${status} at the end`);
    await judgeJob(fleet.name, name, status, referee);
  }
  return [...referee.violations, ...(await budgetViolations(bench.env.client, fleet))];
}

/** What the job itself says of its end, where there was one. */
async function judgeJob(migration: string, server: string, status: string, referee: Referee): Promise<void> {
  if (!bench.simulation.calls.some((call) => call.server === server)) return;
  const handle = bench.env.client.workflow.getHandle(jobId({ migration, server, number: 1 }));
  const result = (await handle.result()) as ServerResult;
  if (result.status !== status)
    referee.violations.push(`${server} is ${status}, and its job ${result.status}`);
  referee.judgeEnd(server, status);
}

async function letDie(
  deaths: readonly { afterCalls: number; machine: number }[],
  before: number,
  isOver: () => boolean,
): Promise<void> {
  for (const { afterCalls, machine } of [...deaths].sort((a, b) => a.afterCalls - b.afterCalls)) {
    await pollUntil(20, new AbortController().signal, () =>
      Promise.resolve(bench.simulation.calls.length - before >= afterCalls || isOver() ? true : null),
    );
    if (!isOver()) await bench.replaceMachine(machine);
  }
}
