import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetOf, simulatedActivities, type Simulation } from '../test/support/simulation.js';
import { ORCHESTRATOR_QUEUE, migrationId, relayQueue, type MigrationResult } from '../src/model/job.js';
import type { MigrationStatus } from '../src/model/messages.js';
import { cancelUpdate, migrationStatusQuery, retryUpdate, searchAttributes } from './messages.js';
import { pollUntil } from '../activities/support/poll.js';

let env: TestWorkflowEnvironment;
let workers: Promise<void>;
let running: Worker[];
const simulation: Simulation = { failures: new Map(), calls: [], passes: [], running: 0, mostRunning: 0 };

beforeAll(async () => {
  const path = existsSync('.cache/bin/temporal') ? '.cache/bin/temporal' : 'temporal';
  env = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      searchAttributes: Object.values(searchAttributes),
    },
  });
  const { orchestrator, relay } = simulatedActivities(simulation);
  running = await Promise.all([
    Worker.create({
      connection: env.nativeConnection,
      taskQueue: ORCHESTRATOR_QUEUE,
      workflowsPath: new URL('./index.ts', import.meta.url).pathname,
      bundlerOptions: { webpackConfigHook: withTypeScriptEndings },
      activities: { ...orchestrator },
    }),
    Worker.create({
      connection: env.nativeConnection,
      taskQueue: relayQueue('local'),
      activities: { ...relay },
    }),
  ]);
  workers = Promise.all(running.map((worker) => worker.run())).then(() => undefined);
});

afterAll(async () => {
  for (const worker of running) worker.shutdown();
  await workers;
  await env.teardown();
});

/** Sources import each other by their compiled endings. */
function withTypeScriptEndings<T extends { resolve?: object }>(config: T): T {
  return { ...config, resolve: { ...config.resolve, extensionAlias: { '.js': ['.ts', '.js'] } } };
}

function start(fleet: ReturnType<typeof fleetOf>) {
  return env.client.workflow.start<(input: object) => Promise<MigrationResult>>('migrationWorkflow', {
    workflowId: migrationId(fleet.name),
    taskQueue: ORCHESTRATOR_QUEUE,
    args: [{ fleet, waves: null, only: null }],
  });
}

async function statusWhen(
  name: string,
  test: (status: MigrationStatus) => boolean,
): Promise<MigrationStatus> {
  const handle = env.client.workflow.getHandle(migrationId(name));
  return pollUntil(100, AbortSignal.timeout(60_000), async () => {
    const status = await handle.query(migrationStatusQuery);
    return test(status) ? status : null;
  });
}

const migrationName = () => `m-${randomUUID().slice(0, 8)}`;

describe('a migration', () => {
  it('takes every server through every step, wave after wave, within its limits', async () => {
    simulation.mostRunning = 0;
    const fleet = fleetOf(migrationName(), { canary: ['a'], rest: ['b', 'c', 'd', 'e'] }, { concurrency: 2 });
    const result = await (await start(fleet)).result();
    expect(result.outcome).toBe('finished');
    expect(result.servers.map((server) => [server.name, server.status])).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'Finished']),
    );
    expect(simulation.mostRunning).toBe(2);
    const order = simulation.calls.filter((call) => call.migration === fleet.name);
    const stepsOfB = order.filter((call) => call.server === 'b').map((call) => call.activity);
    expect(stepsOfB.slice(0, 4)).toEqual(['relayReport', 'preflight', 'importSource', 'prepareReplica']);
    expect(stepsOfB.at(-1)).toBe('recordResult');
    const lastOfA = order.findLastIndex((call) => call.server === 'a');
    const firstOfRest = order.findIndex((call) => call.server !== 'a');
    expect(firstOfRest).toBeGreaterThan(
      order.findIndex((c) => c.server === 'a' && c.activity === 'recordResult') - 1,
    );
    expect(lastOfA).toBeGreaterThan(0);
  });

  it('repeats what may pass, and lets what may not wait for its retry without holding the others up', async () => {
    const fleet = fleetOf(migrationName(), { all: ['x', 'y'] });
    simulation.failures.set('x:runPass', [failure('E-RSYNC-PROTOCOL', true)]);
    simulation.failures.set('y:buildImage', [failure('E-IMAGE-TREE', false)]);
    const handle = await start(fleet);
    const waiting = await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    const byName = new Map(waiting.servers.map((server) => [server.name, server]));
    expect(byName.get('x')).toMatchObject({ status: 'Finished' });
    expect(byName.get('y')).toMatchObject({
      status: 'InError',
      step: 'image',
      error: { code: 'E-IMAGE-TREE' },
    });

    const before = simulation.calls.length;
    const answer = await env.client.workflow.getHandle(`job/${fleet.name}/y/1`).executeUpdate(retryUpdate);
    expect(answer).toMatchObject({ accepted: true, message: expect.stringContaining('image') as unknown });
    const result = await handle.result();
    expect(result.outcome).toBe('finished');
    const again = simulation.calls.slice(before).filter((call) => call.server === 'y');
    expect(again[0]?.activity).toBe('buildImage');
  });

  it('begins a new pass where the bytes of the last one did not reach the relay’s disk', async () => {
    const fleet = fleetOf(migrationName(), { all: ['full'] });
    simulation.failures.set('full:settlePass', [failure('E-RELAY-FULL', false)]);
    const handle = await start(fleet);
    await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    await env.client.workflow.getHandle(`job/${fleet.name}/full/1`).executeUpdate(retryUpdate);
    expect((await handle.result()).outcome).toBe('finished');
    const passes = simulation.passes.filter(({ server }) => server === 'full');
    expect(passes.map(({ number, kind }) => `${String(number)} ${kind}`)).toEqual([
      '1 sync',
      '2 sync',
      '3 verify',
    ]);
  });

  it('gives a job up after its attempts, and releases all it made when it is cancelled', async () => {
    const fleet = fleetOf(migrationName(), { all: ['z'] });
    const lost = failure('E-LINK-LOST', true);
    simulation.failures.set('z:runPass', [lost, lost, lost]);
    const handle = await start(fleet);
    const failed = await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    expect(failed.servers[0]).toMatchObject({
      status: 'InError',
      step: 'sync',
      error: { code: 'E-LINK-LOST' },
    });

    await env.client.workflow.getHandle(`job/${fleet.name}/z/1`).executeUpdate(cancelUpdate);
    const result = await handle.result();
    expect(result.servers[0]).toMatchObject({ status: 'Cancelled' });
    const calls = simulation.calls
      .filter((call) => call.migration === fleet.name)
      .map((call) => call.activity);
    expect(calls.slice(-4)).toEqual(['releaseReplica', 'releaseSource', 'removeAgent', 'recordResult']);
  });

  it('frees the place of a job that was terminated from outside', async () => {
    const fleet = fleetOf(migrationName(), { all: ['t'] });
    simulation.failures.set('t:preflight', [failure('E-SSH-AUTH', false)]);
    const handle = await start(fleet);
    await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    await env.client.workflow.getHandle(`job/${fleet.name}/t/1`).terminate('a test');
    await handle.signal('lookForLostJobs');
    const result = await handle.result();
    expect(result.servers[0]).toMatchObject({ status: 'Cancelled', error: { code: 'E-WORKER-LOST' } });
  });

  it('never migrates a finished server twice, and gives an unfinished one a new number', async () => {
    const fleet = fleetOf(migrationName(), { all: ['p', 'q'] });
    simulation.earlier = [
      { ...finished(fleet.name, 'p', 3) },
      { ...finished(fleet.name, 'q', 2), status: 'Cancelled' },
    ];
    const result = await (await start(fleet)).result();
    simulation.earlier = [];
    expect(result.servers.map((server) => server.job)).toEqual([
      `job/${fleet.name}/p/3`,
      `job/${fleet.name}/q/3`,
    ]);
    expect(simulation.calls.some((call) => call.migration === fleet.name && call.server === 'p')).toBe(false);
  });
});

function failure(type: string, retryable: boolean): ApplicationFailure {
  return ApplicationFailure.create({
    message: `a simulated ${type}`,
    type,
    nonRetryable: true,
    details: [{ remedy: 'mend it', retryable }],
  });
}

function finished(migration: string, name: string, number: number) {
  return {
    name,
    wave: 'all',
    job: `job/${migration}/${name}/${String(number)}`,
    status: 'Finished' as const,
    step: null,
    attempts: 1,
    sync: null,
    images: [],
    verify: null,
    error: null,
  };
}
