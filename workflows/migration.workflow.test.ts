import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetOf, type Simulation } from '../test/support/simulation.js';
import { failure, migrationName, WorkflowBench } from '../test/support/workflowBench.js';
import type { JobStatus, ServerResult } from '../src/model/job.js';
import type { MigrationStatus } from '../src/model/messages.js';
import type { Operation } from '../src/model/operations.js';
import { editUpdate, lookForLostJobsSignal, operateServerUpdate, operateUpdate } from './messages.js';

let bench: WorkflowBench;
let env: WorkflowBench['env'];
let simulation: Simulation;

beforeAll(async () => {
  bench = await WorkflowBench.start();
  ({ env, simulation } = bench);
});

afterAll(() => bench.dispose());

const start = (fleet: ReturnType<typeof fleetOf>) => bench.migrate(fleet);
const statusWhen = (name: string, test: (status: MigrationStatus) => boolean) => bench.statusWhen(name, test);
const callsOf = (migration: string, server: string) => bench.callsOf(migration, server);
const calledOnce = (migration: string, server: string, activity: string) =>
  bench.called(migration, server, activity);
const operate = (migration: string, server: string, operation: Operation) =>
  bench.operate(migration, server, operation);

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
    const first = ['relayReport', 'preflight', 'importSource', 'openReplica'];
    expect(stepsOfB.slice(0, 4)).toEqual(first);
    expect(stepsOfB.at(-1)).toBe('recordResult');
    const lastOfA = order.findLastIndex((call) => call.server === 'a');
    const firstOfRest = order.findIndex((call) => call.server !== 'a');
    expect(firstOfRest).toBeGreaterThan(
      order.findIndex((c) => c.server === 'a' && c.activity === 'recordResult') - 1,
    );
    expect(lastOfA).toBeGreaterThan(0);
  });

  it('boots an image under its firmwares side by side, and tells of each whether it did', async () => {
    const fleet = fleetOf(migrationName(), { all: ['f'] });
    const verify = { ...fleet.defaults.verify, boot: ['uefi', 'bios'] as const };
    simulation.failures.set('f:startBoot', [failure('E-BOOT-TIMEOUT', false)]);
    simulation.held.add('f:stopBoot');
    const handle = await start({ ...fleet, defaults: { ...fleet.defaults, verify } });
    await bench.called(fleet.name, 'f', 'stopBoot', 2);
    expect(callsOf(fleet.name, 'f').filter((one) => one === 'startBoot')).toHaveLength(2);
    simulation.held.delete('f:stopBoot');
    const failed = await bench.jobWhen(fleet.name, 'f', ({ status }) => status === 'InError');
    expect(failed.error).toMatchObject({ code: 'E-BOOT-TIMEOUT', step: 'verify' });
    const told = failed.verify?.boot.map(({ firmware }) => firmware);
    expect(told).toEqual(['uefi', 'bios']);
    expect(failed.verify?.boot.filter(({ booted }) => booted)).toHaveLength(1);
    await operate(fleet.name, 'f', 'retry');
    const { servers } = await handle.result();
    expect(servers[0]?.verify?.boot.map(({ firmware, booted }) => [firmware, booted])).toEqual([
      ['uefi', true],
      ['bios', true],
    ]);
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
    const answer = await env.client.workflow
      .getHandle(`job/${fleet.name}/y/1`)
      .executeUpdate(operateUpdate, { args: ['retry'] });
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
    await env.client.workflow
      .getHandle(`job/${fleet.name}/full/1`)
      .executeUpdate(operateUpdate, { args: ['retry'] });
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

    await env.client.workflow
      .getHandle(`job/${fleet.name}/z/1`)
      .executeUpdate(operateUpdate, { args: ['cancel'] });
    const result = await handle.result();
    expect(result.servers[0]).toMatchObject({ status: 'Cancelled' });
    const calls = simulation.calls
      .filter((call) => call.migration === fleet.name)
      .map((call) => call.activity);
    expect(calls.slice(-5)).toEqual([
      'releaseReplica',
      'releaseSource',
      'removeAgent',
      'keepResult',
      'recordResult',
    ]);
    const facts = { filesystems: [], clockSkewMs: 0 };
    expect(simulation.kept.filter(({ server }) => server === 'z')).toEqual([
      { server: 'z', evidence: { facts, plan: { remarks: [] } } },
    ]);
  });

  it('gives its relay what was compared, and at its end what it knows of the source', async () => {
    const fleet = fleetOf(migrationName(), { all: ['evident'] });
    await (await start(fleet)).result();
    expect(simulation.kept.filter(({ server }) => server === 'evident')).toMatchObject([
      { server: 'evident', evidence: { checksum: { files: 1, differences: 0 } } },
      { server: 'evident', evidence: { plan: { remarks: [] } } },
    ]);
  });

  it('pauses a transfer at once, gives its place to another, and goes on with the same pass', async () => {
    const fleet = fleetOf(migrationName(), { all: ['s1', 's2'] }, { concurrency: 1 });
    simulation.held.add('s1:runPass');
    const handle = await start(fleet);
    await calledOnce(fleet.name, 's1', 'runPass');
    expect(await operate(fleet.name, 's1', 'pause')).toMatchObject({ accepted: true });
    await statusWhen(fleet.name, ({ servers }) => servers[0]?.status === 'Stopped');
    await statusWhen(fleet.name, ({ servers }) => servers[1]?.status === 'Finished');
    simulation.held.delete('s1:runPass');
    expect(await operate(fleet.name, 's1', 'resume')).toMatchObject({ accepted: true });
    expect((await handle.result()).outcome).toBe('finished');
    const passes = simulation.passes.filter(({ server }) => server === 's1').map(({ number }) => number);
    expect(passes).toEqual([1, 1, 2]);
  });

  it('pauses one that waits for its place, without taking it first', async () => {
    const fleet = fleetOf(migrationName(), { all: ['q1', 'q2'] }, { concurrency: 1 });
    for (const name of ['q1', 'q2']) simulation.held.add(`${name}:runPass`);
    const handle = await start(fleet);
    await calledOnce(fleet.name, 'q1', 'runPass');
    await operate(fleet.name, 'q1', 'pause');
    await calledOnce(fleet.name, 'q2', 'runPass');
    expect(await operate(fleet.name, 'q1', 'resume')).toMatchObject({ accepted: true });
    await bench.jobWhen(fleet.name, 'q1', ({ status }) => status === 'Queued');
    expect(await operate(fleet.name, 'q1', 'pause')).toMatchObject({ accepted: true });
    await bench.jobWhen(fleet.name, 'q1', ({ status }) => status === 'Stopped');
    expect(await operate(fleet.name, 'q1', 'resume')).toMatchObject({ accepted: true });
    for (const name of ['q1', 'q2']) simulation.held.delete(`${name}:runPass`);
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('pauses another step at its end, and takes a pause back', async () => {
    const fleet = fleetOf(migrationName(), { all: ['u1'] });
    simulation.held.add('u1:buildImage');
    const handle = await start(fleet);
    await calledOnce(fleet.name, 'u1', 'buildImage');
    expect((await operate(fleet.name, 'u1', 'delete')).accepted).toBe(false);
    expect((await operate(fleet.name, 'u1', 'pause')).message).toContain('when step image is done');
    expect(await operate(fleet.name, 'u1', 'resume')).toMatchObject({ accepted: true });
    await operate(fleet.name, 'u1', 'pause');
    simulation.held.delete('u1:buildImage');
    const stopped = await statusWhen(fleet.name, ({ servers }) => servers[0]?.status === 'Stopped');
    expect(stopped.servers[0]).toMatchObject({ step: 'verify' });
    await operate(fleet.name, 'u1', 'resume');
    expect((await handle.result()).outcome).toBe('finished');
    const calls = simulation.calls.filter(
      ({ migration, activity }) => migration === fleet.name && activity === 'buildImage',
    );
    expect(calls).toHaveLength(1);
  });

  it('cancels a running job: it is stopped, and what it made is released', async () => {
    const fleet = fleetOf(migrationName(), { all: ['c1'] });
    simulation.held.add('c1:runPass');
    const handle = await start(fleet);
    await calledOnce(fleet.name, 'c1', 'runPass');
    expect(await operate(fleet.name, 'c1', 'cancel')).toMatchObject({ accepted: true });
    expect((await handle.result()).servers[0]).toMatchObject({ status: 'Cancelled' });
    simulation.held.delete('c1:runPass');
    expect(callsOf(fleet.name, 'c1').slice(-5)).toEqual([
      'releaseReplica',
      'releaseSource',
      'removeAgent',
      'keepResult',
      'recordResult',
    ]);
  });

  it('gives many at once their places back, whatever else happens in that moment', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `w${String(index)}`);
    const fleet = fleetOf(migrationName(), { all: names });
    for (const name of names) simulation.failures.set(`${name}:buildImage`, [failure('E-IMAGE-TREE', false)]);
    const handle = await start(fleet);
    await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    await Promise.all(names.map((name) => operate(fleet.name, name, 'retry')));
    // Within the test's deadline only where no change is missed until the look at lost jobs.
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('hears a retry and a resume that come in the very moment of the error and of the pause', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `h${String(index)}`);
    const fleet = fleetOf(migrationName(), { all: names });
    for (const name of names) {
      simulation.failures.set(`${name}:preflight`, [failure('E-SSH-AUTH', false)]);
      simulation.held.add(`${name}:runPass`);
    }
    const handle = await start(fleet);
    // The job itself is asked, without a pause: it is told before its migration has heard of its standstill.
    const operateWhen = async (name: string, status: JobStatus, operation: Operation): Promise<void> => {
      await bench.jobWhen(fleet.name, name, (record) => record.status === status, 1);
      expect(await operate(fleet.name, name, operation)).toMatchObject({ accepted: true });
    };
    await Promise.all(
      names.map(async (name) => {
        await operateWhen(name, 'InError', 'retry');
        await calledOnce(fleet.name, name, 'runPass');
        await operate(fleet.name, name, 'pause');
        await operateWhen(name, 'Stopped', 'resume');
        simulation.held.delete(`${name}:runPass`);
      }),
    );
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('goes on where a pause of a transfer is taken back before it took effect', async () => {
    const fleet = fleetOf(migrationName(), { all: ['v1'] });
    simulation.held.add('v1:runPass');
    const handle = await start(fleet);
    await calledOnce(fleet.name, 'v1', 'runPass');
    expect(await operate(fleet.name, 'v1', 'pause')).toMatchObject({ accepted: true });
    expect(await operate(fleet.name, 'v1', 'resume')).toMatchObject({ accepted: true });
    simulation.held.delete('v1:runPass');
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('removes the agent of a job that is cancelled while it is pushed', async () => {
    const fleet = fleetOf(migrationName(), { all: ['j1'] });
    simulation.held.add('j1:preflight');
    const handle = await start(fleet);
    await calledOnce(fleet.name, 'j1', 'preflight');
    await operate(fleet.name, 'j1', 'cancel');
    expect((await handle.result()).servers[0]).toMatchObject({ status: 'Cancelled' });
    simulation.held.clear();
    expect(callsOf(fleet.name, 'j1')).toContain('removeAgent');
  });

  it('ends a job that is given up even where its source can no longer be reached, and says what stayed', async () => {
    const fleet = fleetOf(migrationName(), { all: ['g1'] });
    simulation.failures.set('g1:buildImage', [failure('E-IMAGE-TREE', false)]);
    simulation.failures.set('g1:removeAgent', [failure('E-SSH-CONNECT', false)]);
    const handle = await start(fleet);
    await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    await operate(fleet.name, 'g1', 'skip');
    expect((await handle.result()).servers[0]).toMatchObject({ status: 'Skipped' });
    const job = (await env.client.workflow.getHandle(`job/${fleet.name}/g1/1`).result()) as ServerResult;
    expect(job.remarks?.join()).toContain('E-SSH-CONNECT');
  });

  it('is finished only once its result could be written', async () => {
    const fleet = fleetOf(migrationName(), { all: ['k1'] });
    simulation.failures.set('k1:recordResult', [
      failure('E-STATE-DIR', false),
      failure('E-STATE-DIR', false),
    ]);
    const handle = await start(fleet);
    const failed = await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    expect(failed.servers[0]).toMatchObject({
      status: 'InError',
      step: 'clean-up',
      error: { code: 'E-STATE-DIR' },
    });
    await operate(fleet.name, 'k1', 'retry');
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('ends a job that is given up also where its result cannot be written', async () => {
    const fleet = fleetOf(migrationName(), { all: ['k2'] });
    simulation.failures.set('k2:buildImage', [failure('E-IMAGE-TREE', false)]);
    simulation.failures.set('k2:keepResult', [failure('E-RELAY-FULL', false)]);
    simulation.failures.set('k2:recordResult', [failure('E-STATE-DIR', false)]);
    const handle = await start(fleet);
    await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    await operate(fleet.name, 'k2', 'skip');
    expect((await handle.result()).servers[0]).toMatchObject({ status: 'Skipped' });
    const job = (await env.client.workflow.getHandle(`job/${fleet.name}/k2/1`).result()) as ServerResult;
    expect(job.remarks?.join()).toMatch(/E-RELAY-FULL.*E-STATE-DIR/);
  });

  it('goes on with a pass whose cap cannot be changed in flight', async () => {
    const fleet = fleetOf(migrationName(), { all: ['l1'] });
    simulation.held.add('l1:runPass');
    simulation.failures.set('l1:limitTransfer', [failure('E-RELAY-DISK', false)]);
    const handle = await start(fleet);
    await calledOnce(fleet.name, 'l1', 'runPass');
    const capped = { ...fleet, limits: { ...fleet.limits, rateMbps: 10 } };
    const edited = { fleet: capped, waves: null, only: null };
    expect(await handle.executeUpdate(editUpdate, { args: [edited] })).toMatchObject({ accepted: true });
    await calledOnce(fleet.name, 'l1', 'limitTransfer');
    simulation.held.delete('l1:runPass');
    expect((await handle.result()).outcome).toBe('finished');
    const job = (await env.client.workflow.getHandle(`job/${fleet.name}/l1/1`).result()) as ServerResult;
    expect(job.remarks?.join()).toContain('the running pass keeps its cap');
  });

  it('deletes a job in error: everything of it on source and relay, and its record', async () => {
    const fleet = fleetOf(migrationName(), { all: ['d1'] });
    simulation.failures.set('d1:buildImage', [failure('E-IMAGE-TREE', false)]);
    const handle = await start(fleet);
    await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    await operate(fleet.name, 'd1', 'delete');
    await handle.result();
    expect(callsOf(fleet.name, 'd1').slice(-5)).toEqual([
      'deleteJob',
      'releaseReplica',
      'releaseSource',
      'removeAgent',
      'forgetResult',
    ]);
  });

  it('queues a server that its relay has no room for, and begins it anew once another has left some', async () => {
    const fleet = fleetOf(migrationName(), { all: ['r1', 'r2'] });
    simulation.held.add('r1:runPass');
    simulation.full.add('r2');
    const handle = await start(fleet);
    await calledOnce(fleet.name, 'r1', 'runPass');
    const status = await statusWhen(fleet.name, ({ servers }) => servers[1]?.roomBytes !== undefined);
    expect(status).toMatchObject({ outcome: 'running', waves: [{ running: 1, queued: 1 }] });
    expect(status.servers[1]).toMatchObject({
      status: 'Queued',
      reason: expect.stringContaining('waits for room on relay local: needs 1.0 GiB') as unknown,
    });
    const calls = callsOf(fleet.name, 'r2').length;
    simulation.full.delete('r2');
    simulation.held.delete('r1:runPass');
    // Well before it would be asked for by itself.
    const result = await handle.result();
    expect(result.servers.map(({ status: one }) => one)).toEqual(['Finished', 'Finished']);
    expect(callsOf(fleet.name, 'r2').slice(calls, calls + 4)).toEqual([
      'relayReport',
      'preflight',
      'importSource',
      'openReplica',
    ]);
    expect(callsOf(fleet.name, 'r2').filter((call) => call === 'removeAgent')).toHaveLength(1);
  });

  it('waits for the operator where only room is missing, and finds by itself what he makes', async () => {
    const fleet = fleetOf(migrationName(), { all: ['o1'] });
    simulation.full.add('o1');
    const handle = await start(fleet);
    await statusWhen(fleet.name, ({ outcome }) => outcome === 'waiting');
    simulation.full.delete('o1');
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('pauses, skips and deletes what waits for room at once, and removes what it has made', async () => {
    const names = ['q1', 'q2', 'q3'] as const;
    const fleet = fleetOf(migrationName(), { all: [...names] });
    for (const name of names) simulation.full.add(name);
    const handle = await start(fleet);
    await statusWhen(fleet.name, ({ outcome }) => outcome === 'waiting');
    expect(await operate(fleet.name, 'q1', 'pause')).toMatchObject({ accepted: true });
    await statusWhen(fleet.name, ({ servers }) => servers[0]?.status === 'Stopped');
    expect(await operate(fleet.name, 'q2', 'skip')).toMatchObject({ accepted: true });
    expect(await operate(fleet.name, 'q3', 'delete')).toMatchObject({ accepted: true });
    await statusWhen(fleet.name, ({ servers }) => servers[2]?.status === 'Cancelled');
    for (const name of names) simulation.full.delete(name);
    await operate(fleet.name, 'q1', 'resume');
    const result = await handle.result();
    expect(result.servers.map(({ status }) => status)).toEqual(['Finished', 'Skipped', 'Cancelled']);
    expect(callsOf(fleet.name, 'q2').slice(-5)).toEqual([
      'releaseReplica',
      'releaseSource',
      'removeAgent',
      'keepResult',
      'recordResult',
    ]);
    expect(callsOf(fleet.name, 'q3')).toContain('deleteJob');
  });

  it('starts no more servers than the relay says it serves', async () => {
    const fleet = fleetOf(migrationName(), { all: ['k1', 'k2', 'k3'] });
    simulation.slots = 1;
    simulation.mostRunning = 0;
    expect((await (await start(fleet)).result()).outcome).toBe('finished');
    simulation.slots = null;
    expect(simulation.mostRunning).toBe(1);
  });

  it('holds, skips and lets go servers that have not started', async () => {
    const fleet = fleetOf(migrationName(), { all: ['n1', 'n2', 'n3'] }, { concurrency: 1 });
    simulation.held.add('n1:runPass');
    const handle = await start(fleet);
    await calledOnce(fleet.name, 'n1', 'runPass');
    const ask = (operation: Operation, server: string) =>
      handle.executeUpdate(operateServerUpdate, { args: [operation, server] });
    expect(await ask('pause', 'n2')).toMatchObject({ accepted: true });
    expect(await ask('skip', 'n3')).toMatchObject({ accepted: true });
    expect(await ask('retry', 'n2')).toMatchObject({ accepted: false });
    expect(await ask('pause', 'n1')).toBe('its job has started');
    simulation.held.delete('n1:runPass');
    await statusWhen(fleet.name, (status) => status.outcome === 'waiting');
    await ask('resume', 'n2');
    const result = await handle.result();
    expect(result.servers.map(({ status }) => status)).toEqual(['Finished', 'Finished', 'Skipped']);
    // Its result file is what tells the next `migrate` of it.
    expect(callsOf(fleet.name, 'n3')).toEqual(['recordResult']);
  });

  it('lets a job in error expire, and removes what it holds when it is deleted', async () => {
    const fleet = fleetOf(migrationName(), { all: ['e1'] });
    const short = { ...fleet, defaults: { ...fleet.defaults, validDays: 3 / 86_400 } };
    simulation.failures.set('e1:buildImage', [failure('E-IMAGE-TREE', false)]);
    const result = await (await start(short)).result();
    expect(result.servers[0]).toMatchObject({ status: 'Expired', error: { code: 'E-IMAGE-TREE' } });
    expect(callsOf(fleet.name, 'e1')).not.toContain('deleteJob');
    expect(await operate(fleet.name, 'e1', 'retry')).toMatchObject({ accepted: false });
    expect(await operate(fleet.name, 'e1', 'delete')).toMatchObject({ accepted: true });
    await env.client.workflow.getHandle(`job/${fleet.name}/e1/1`).result();
    expect(callsOf(fleet.name, 'e1')).toContain('deleteJob');
  });

  it('frees the place of a job that was terminated from outside', async () => {
    const fleet = fleetOf(migrationName(), { all: ['t'] });
    simulation.failures.set('t:preflight', [failure('E-SSH-AUTH', false)]);
    const handle = await start(fleet);
    await statusWhen(fleet.name, (status) => status.outcome === 'failed');
    await env.client.workflow.getHandle(`job/${fleet.name}/t/1`).terminate('a test');
    await handle.signal(lookForLostJobsSignal, 'a test');
    const result = await handle.result();
    expect(result.servers[0]).toMatchObject({ status: 'Cancelled', error: { code: 'E-WORKER-LOST' } });
  });

  it('never migrates what is finished or skipped again, and gives an unfinished one a new number', async () => {
    const fleet = fleetOf(migrationName(), { all: ['p', 'q', 'r'] });
    simulation.earlier = [
      { ...finished(fleet.name, 'p', 3) },
      { ...finished(fleet.name, 'q', 2), status: 'Cancelled' },
      { ...finished(fleet.name, 'r', 1), status: 'Skipped' },
    ];
    const result = await (await start(fleet)).result();
    simulation.earlier = [];
    expect(result.servers.map((server) => server.job)).toEqual([
      `job/${fleet.name}/p/3`,
      `job/${fleet.name}/q/3`,
      `job/${fleet.name}/r/1`,
    ]);
    expect(result.servers.map(({ status }) => status)).toEqual(['Finished', 'Finished', 'Skipped']);
    expect(result.outcome).toBe('finished');
    expect([...callsOf(fleet.name, 'p'), ...callsOf(fleet.name, 'r')]).toEqual([]);
  });
});

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
