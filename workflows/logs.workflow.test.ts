import { afterAll, beforeAll, expect, it } from 'vitest';
import { historyLogs } from '../src/temporal/historyLogs.js';
import { fleetOf } from '../test/support/simulation.js';
import { failure, migrationName, WorkflowBench } from '../test/support/workflowBench.js';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.start();
});
afterAll(() => bench.dispose());

const textOf = async (job: string, name: string): Promise<string> =>
  (await historyLogs(bench.env.client, job)).find((log) => log.name === name)?.text ?? '';

it('a job’s steps and transfers are told out of its history, which only grows', async () => {
  const fleet = fleetOf(migrationName(), { all: ['a'] });
  const job = `job/${fleet.name}/a/1`;
  bench.simulation.failures.set('a:openReplica', [failure('E-RELAY-DISK', false)]);
  const handle = await bench.migrate(fleet);
  await bench.statusWhen(fleet.name, ({ servers }) => servers[0]?.status === 'InError');
  const before = await textOf(job, 'log/steps.log');
  const lines = before.split('\n').map((line) => line.replace(/^\S+ /, '').replace(/\([\d.]+ s\)/, '(T s)'));
  expect(lines[0]).toBe('the job begins, or goes on in a new run');
  expect(lines).toContain('preflight: look at the source, and judge what was found: done (T s)');
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^openReplica: make the replica’s disks and let the source in: failed: E-RELAY-DISK .*\(T s\)$/,
    ),
  );
  expect(before).toMatch(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z .*\n)+$/);
  expect(await textOf(job, 'log/source.log')).toBe('');

  await bench.operate(fleet.name, 'a', 'retry');
  await handle.result();
  const after = await textOf(job, 'log/steps.log');
  expect(after.startsWith(before)).toBe(true);
  expect(after).toContain('the operator asks: retry');
  expect(after.trimEnd().endsWith('the job has ended')).toBe(true);
  expect(await textOf(job, 'log/source.log')).toMatch(/^\S+ runPass: pass 1 \(sync\): done\n/);
});
