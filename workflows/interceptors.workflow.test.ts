/** What another user of the machine, who has no key, can send to Temporal, and that it does nothing. */
import { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '../activities/support/poll.js';
import { migrationId, ORCHESTRATOR_QUEUE } from '../src/model/job.js';
import { jobInput } from '../src/temporal/jobs.js';
import { listMigrations, startOrEdit } from '../src/temporal/migrations.js';
import { deleteEndedJob } from '../src/temporal/tasks.js';
import { fleetOf } from '../test/support/simulation.js';
import { migrationName, WorkflowBench } from '../test/support/workflowBench.js';
import { jobStatusQuery } from './messages.js';

let bench: WorkflowBench;
let stranger: Client;

beforeAll(async () => {
  bench = await WorkflowBench.start();
  const { connection, options } = bench.env.client;
  stranger = new Client({ connection, namespace: options.namespace });
});
afterAll(() => bench.dispose());

const calls = (migration: string): string[] =>
  bench.simulation.calls.filter((call) => call.migration === migration).map(({ activity }) => activity);

const refusedWith = (type: string): unknown =>
  expect.objectContaining({ cause: expect.objectContaining({ type }) as unknown });

/** What a workflow was started with, as it stands in its history. */
async function recordedInput(workflowId: string): Promise<Payload[]> {
  const { events } = await stranger.workflow.getHandle(workflowId).fetchHistory();
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  if (!payloads) throw new Error(`${workflowId} has no input`);
  return payloads;
}

async function startWith(payloads: Payload[], workflowType: string, workflowId: string): Promise<void> {
  await stranger.workflowService.startWorkflowExecution({
    namespace: stranger.options.namespace,
    workflowId,
    workflowType: { name: workflowType },
    taskQueue: { name: ORCHESTRATOR_QUEUE },
    input: { payloads },
    requestId: workflowId,
  });
}

/** A job that stands in its pass until it is let go. */
async function openJob(): Promise<{ migration: string; letGo: () => void }> {
  const migration = migrationName();
  bench.simulation.held.add('s:runPass');
  await bench.migrate(fleetOf(migration, { all: ['s'] }));
  await bench.called(migration, 's', 'runPass');
  return { migration, letGo: () => bench.simulation.held.delete('s:runPass') };
}

it('a workflow without a result ends', async () => {
  const migration = migrationName();
  const { relays } = fleetOf(migration, { all: ['s'] });
  const handle = await bench.env.client.workflow.start('deleteJobWorkflow', {
    workflowId: `delete/job/${migration}/s/1`,
    taskQueue: ORCHESTRATOR_QUEUE,
    args: [{ job: { migration, server: 's', number: 1 }, relay: relays[0] }],
  });
  await handle.result();
  expect(calls(migration)).toEqual(['deleteJob', 'forgetResult']);
});

it('what never began is deleted without asking a relay', async () => {
  const migration = migrationName();
  await deleteEndedJob(bench.env.client, { migration, server: 's', number: 1 }, null);
  expect(calls(migration)).toEqual(['forgetResult']);
});

describe('a start', () => {
  it('without a signature ends at once, and runs no activity', async () => {
    const migration = migrationName();
    const input = { fleet: fleetOf(migration, { all: ['s'] }), waves: null, only: null };
    for (const [type, id] of [
      ['migrationWorkflow', migrationId(migration)],
      ['jobWorkflow', `job/${migration}/s/1`],
    ] as const) {
      for (const args of [[input], []]) {
        const handle = await stranger.workflow.start(type, {
          workflowId: id,
          taskQueue: ORCHESTRATOR_QUEUE,
          args,
        });
        await expect(handle.result()).rejects.toEqual(refusedWith('E-PAYLOAD'));
      }
    }
    expect(calls(migration)).toEqual([]);
  });

  it('with an input that was signed for another workflow, or altered, runs no activity', async () => {
    const own = migrationName();
    await (await bench.migrate(fleetOf(own, { all: ['s'] }))).result();
    const before = bench.simulation.calls.length;
    const [payload] = await recordedInput(migrationId(own));
    const altered = {
      ...payload,
      data: Buffer.from(
        Buffer.from(payload?.data ?? [])
          .toString()
          .replaceAll(own, 'altered'),
      ),
    };
    const forged = [
      { id: migrationId(migrationName()), payload },
      { id: migrationId(own), payload: altered },
    ];
    for (const { id, payload: input } of forged) {
      await startWith([input ?? {}], 'migrationWorkflow', id);
      const handle = stranger.workflow.getHandle(id);
      // It may also be one of ours, seen by a worker with another key: so it is asked again, ever more seldom.
      await pollUntil(100, AbortSignal.timeout(30_000), async () => {
        const { raw } = await handle.describe();
        return (raw.pendingWorkflowTask?.attempt ?? 0) >= 2 ? true : null;
      });
      await handle.terminate('a test');
    }
    expect(bench.simulation.calls).toHaveLength(before);
  });

  it('of a job that has ended, with its recorded input, runs no activity', async () => {
    const migration = migrationName();
    await (await bench.migrate(fleetOf(migration, { all: ['s'] }))).result();
    const before = calls(migration);
    const id = `job/${migration}/s/1`;
    await startWith(await recordedInput(id), 'jobWorkflow', id);
    await expect(stranger.workflow.getHandle(id).result()).rejects.toEqual(refusedWith('E-PAYLOAD'));
    expect(calls(migration)).toEqual(before);
  });
});

describe('an open job', () => {
  it('takes no signal, update or query without a signature, still answers, and finishes', async () => {
    const { migration, letGo } = await openJob();
    const id = `job/${migration}/s/1`;
    const handle = stranger.workflow.getHandle(id);
    const history = await handle.fetchHistory();
    const signed = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? {};
    const garbage: Payload = {
      metadata: { encoding: Buffer.from('binary/none-of-ours') },
      data: Buffer.from('?'),
    };
    const inputs: (Payload[] | null)[] = [
      null,
      [{}],
      [garbage],
      [{ ...signed, data: Buffer.from('{}') }],
      [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"fleetServer":null}') }],
    ];
    for (const signalName of ['settings', 'hold', 'admit', 'unknown'])
      for (const payloads of inputs) {
        await stranger.workflowService.signalWorkflowExecution({
          namespace: stranger.options.namespace,
          workflowExecution: { workflowId: id },
          signalName,
          input: payloads === null ? null : { payloads },
        });
      }
    await expect(handle.executeUpdate('operate', { args: ['cancel'] })).rejects.toEqual(
      refusedWith('E-PAYLOAD'),
    );
    await expect(handle.executeUpdate('operate')).rejects.toEqual(refusedWith('E-PAYLOAD'));
    await expect(handle.query('jobStatus', 'a word')).rejects.toThrow(/refused/);
    // Asked by its owner.
    expect(await bench.job(migration, 's').query(jobStatusQuery)).toMatchObject({ status: 'Running' });
    expect(await bench.operate(migration, 's', 'pause')).toMatchObject({ accepted: true });
    await bench.jobWhen(migration, 's', ({ status }) => status === 'Stopped');
    expect(await bench.operate(migration, 's', 'resume')).toMatchObject({ accepted: true });
    letGo();
    const result: unknown = await bench.env.client.workflow.getHandle(migrationId(migration)).result();
    expect(result).toMatchObject({ outcome: 'finished' });
    // All of it again out of the history, as a worker does that has just started.
    await Worker.runReplayHistory(bench.replayOptions, await handle.fetchHistory(), id);
  });

  it.each([
    ['with a result', { state: 'done' }],
    ['with nothing', undefined],
  ])('does not believe an activity that somebody else completes %s', async (_name, result) => {
    const { migration, letGo } = await openJob();
    const id = `job/${migration}/s/1`;
    const { raw } = await stranger.workflow.getHandle(id).describe();
    const pass = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'runPass');
    const activityId = pass?.activityId ?? '';
    expect(activityId).toMatch(/^runPass-\d+$/);
    if (result === undefined) {
      await stranger.workflowService.respondActivityTaskCompletedById({
        namespace: stranger.options.namespace,
        workflowId: id,
        activityId,
      });
    } else {
      await stranger.activity.complete({ workflowId: id, activityId }, result);
    }
    const record = await bench.jobWhen(migration, 's', ({ status }) => status === 'InError');
    expect(record.error).toMatchObject({ code: 'E-PAYLOAD', step: 'sync', retryable: false });
    letGo();
    expect(await bench.operate(migration, 's', 'retry')).toMatchObject({ accepted: true });
    const ended: unknown = await bench.env.client.workflow.getHandle(migrationId(migration)).result();
    expect(ended).toMatchObject({ outcome: 'finished' });
  });

  it('can be read by everybody, also in Temporal’s UI', async () => {
    const { migration, letGo } = await openJob();
    const id = `job/${migration}/s/1`;
    const own = bench.env.client.workflow.getHandle(id);
    expect(await stranger.workflow.getHandle(id).query('jobStatus')).toMatchObject({ name: 's' });
    expect(await stranger.workflow.getHandle(id).query('__temporal_workflow_metadata')).toMatchObject({
      currentDetails: expect.stringContaining('**s** (wave all): Running') as string,
    });
    expect(await (await own.describe()).staticSummary()).toBe('s (wave all)');
    letGo();
    await bench.env.client.workflow.getHandle(migrationId(migration)).result();
  });
});

it('a migration that somebody else starts is not shown, and its name not taken for ours', async () => {
  const { client } = bench.env;
  const own = migrationName();
  await (await bench.migrate(fleetOf(own, { all: ['s'] }))).result();
  const bogus = migrationName();
  const handle = await stranger.workflow.start('migrationWorkflow', {
    workflowId: migrationId(bogus),
    // Nobody works there: it stays open.
    taskQueue: `queue-${bogus}`,
    args: [{ fleet: fleetOf(own, { all: ['s'] }) }],
    memo: { for: 'every list' },
  });
  const names = await pollUntil(100, AbortSignal.timeout(20_000), async () => {
    const listed = (await listMigrations(client)).map(({ name }) => name);
    return listed.includes(own) ? listed : null;
  });
  expect(names).not.toContain(bogus);
  const input = { fleet: fleetOf(bogus, { all: ['s'] }), waves: null, only: null };
  await expect(startOrEdit(client, input)).rejects.toMatchObject({
    code: 'E-PAYLOAD',
    remedy: expect.stringContaining(`--workflow-id ${migrationId(bogus)}`) as string,
  });
  expect(await jobInput(client, `job/${own}/s/1`)).toMatchObject({ wave: 'all' });
  expect(await jobInput(client, `job/${bogus}/s/1`)).toBeNull();
  await handle.terminate('a test');
});
