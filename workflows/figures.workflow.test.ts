import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pollUntil } from '../activities/support/poll.js';
import { registry } from '../src/metrics/registry.js';
import { ORCHESTRATOR_QUEUE, relayQueue } from '../src/model/job.js';
import { countWorkers, migrationsAsker } from '../src/temporal/figures.js';
import { fleetOf } from '../test/support/simulation.js';
import { failure, migrationName, WorkflowBench } from '../test/support/workflowBench.js';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.start({ machines: 2 });
});
afterAll(() => bench.dispose());
beforeEach(() => registry.resetMetrics());

describe('what metrics ask', () => {
  it('is told of migrations, also after their workers were replaced, and how one ended', async () => {
    const fleet = fleetOf(migrationName(), { first: ['a', 'b'], second: ['c'] });
    bench.simulation.failures.set('a:preflight', [failure('E-RSYNC-MISSING', false)]);
    const handle = await bench.migrate(fleet);
    await bench.statusWhen(fleet.name, ({ servers }) =>
      ['InError', 'Finished'].every((status) => servers.some((one) => one.status === status)),
    );
    for (const machine of [0, 1]) await bench.replaceMachine(machine);
    const ask = migrationsAsker(bench.env.client);
    const { open, ended, silent } = await ask();
    expect(silent).toEqual([]);
    expect(ended).toEqual([]);
    expect(open).toMatchObject([
      {
        migration: fleet.name,
        waves: [
          { name: 'first', servers: { InError: 1, Finished: 1 }, failures: 1, maxFailures: null },
          { name: 'second', servers: { Queued: 1 }, failures: 0, nextExpiryMs: null },
        ],
        relays: [{ name: 'local', used: 0 }],
        lags: [],
      },
    ]);
    const inDays = ((open[0]?.waves[0]?.nextExpiryMs ?? 0) - Date.now()) / 86_400_000;
    expect(inDays).toBeGreaterThan(fleet.defaults.validDays - 1);
    expect(inDays).toBeLessThanOrEqual(fleet.defaults.validDays);
    const workers = await countWorkers(bench.env.client, open);
    expect([...workers.keys()]).toEqual([ORCHESTRATOR_QUEUE, relayQueue('local')]);
    expect([...workers.values()]).not.toContain(0);

    await bench.operate(fleet.name, 'a', 'skip');
    await handle.result();
    // Temporal's list follows a moment later.
    const after = await pollUntil(100, AbortSignal.timeout(20_000), async () => {
      const left = await ask();
      return left.open.length === 0 ? left : null;
    });
    expect(after).toMatchObject({
      ended: [
        {
          migration: fleet.name,
          waves: [
            { name: 'first', servers: { Skipped: 1, Finished: 1 } },
            { name: 'second', servers: { Finished: 1 } },
          ],
        },
      ],
      silent: [],
    });
  });

  it('is told of a migration that was begun anew as it stands now', async () => {
    const fleet = fleetOf(migrationName(), { all: ['again'] });
    await (await bench.migrate(fleet)).result();
    bench.simulation.failures.set('again:preflight', [failure('E-RSYNC-MISSING', false)]);
    await bench.migrate(fleet);
    await bench.statusWhen(fleet.name, ({ servers }) => servers[0]?.status === 'InError');
    const ask = migrationsAsker(bench.env.client);
    const both = await pollUntil(100, AbortSignal.timeout(20_000), async () => {
      const now = await ask();
      return now.open.length > 0 ? now : null;
    });
    const told = [...both.open, ...both.ended].filter(({ migration }) => migration === fleet.name);
    expect(told).toMatchObject([{ waves: [{ servers: { InError: 1 } }] }]);
    await bench.operate(fleet.name, 'again', 'skip');
  });

  it('counts each attempt, failure and retry of a step once', async () => {
    const fleet = fleetOf(migrationName(), { all: ['x'] });
    bench.simulation.failures.set('x:preflight', [failure('E-LINK-LOST', true)]);
    await (await bench.migrate(fleet)).result();
    const page = await registry.metrics();
    const count = (series: string) => page.split('\n').find((line) => line.startsWith(`${series} `));
    const steps = 'fleetlift_step_duration_seconds_count';
    expect(count(`${steps}{step="preflight",outcome="failed"}`)).toMatch(/ 1$/);
    expect(count(`${steps}{step="preflight",outcome="done"}`)).toMatch(/ 1$/);
    expect(count(`${steps}{step="sync",outcome="done"}`)).toMatch(/ 1$/);
    expect(count(`${steps}{step="clean-up",outcome="done"}`)).toMatch(/ 1$/);
    expect(count('fleetlift_step_failures_total{step="preflight",code="E-LINK-LOST"}')).toMatch(/ 1$/);
    expect(count('fleetlift_retries_total{step="preflight"}')).toMatch(/ 1$/);
  });
});
