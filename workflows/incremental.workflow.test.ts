import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fleet, SyncSettings } from '../src/model/fleet.js';
import { pollUntil } from '../activities/support/poll.js';
import { delay } from '../src/delay.js';
import type { CommandAnswer, ServerSummary } from '../src/model/messages.js';
import { editMigration, waitForEnd } from '../src/temporal/migrations.js';
import { holdSignal } from './messages.js';
import { fleetOf } from '../test/support/simulation.js';
import { failure, migrationName, WorkflowBench } from '../test/support/workflowBench.js';

let bench: WorkflowBench;

beforeAll(async () => {
  bench = await WorkflowBench.start({ continueAsNewAt: NEXT_RUN_AT });
});

afterAll(() => bench.dispose());

function incremental(waves: Record<string, string[]>, sync: Partial<SyncSettings> = {}): Fleet {
  const fleet = fleetOf(migrationName(), waves);
  const merged = { ...fleet.defaults.sync, mode: 'incremental' as const, quiesce: ['postgresql'], ...sync };
  return { ...fleet, defaults: { ...fleet.defaults, sync: merged } };
}

/** What is sent has reached Temporal after this long. */
const ARRIVES_MS = 50;
/** Fewer than the updates that Temporal takes of a workflow at a time. */
const ASKED_AT_ONCE = 5;
/** Events after which a job goes on in a new run. */
const NEXT_RUN_AT = 300;

const isWaiting = ({ status }: ServerSummary): boolean => status === 'Waiting';
/** What happened after the cutover began, but for what a delta and a comparison do each time. */
const STEPS = ['quiesce', 'runPass', 'compare', 'buildImage', 'checkBoot', 'removeAgent'];
const told = (calls: readonly string[]): string[] =>
  calls.filter((call) => STEPS.includes(call) || call.startsWith('endStillness'));

describe('an incremental migration', () => {
  it('waits with deltas, lets the next wave start, and is cut over with services standing still', async () => {
    const fleet = incremental({ first: ['a'], second: ['b'] });
    const handle = await bench.migrate(fleet);
    const status = await bench.statusWhen(fleet.name, ({ outcome }) => outcome === 'waiting');
    expect(status.servers.map((server) => server.status)).toEqual(['Waiting', 'Waiting']);
    expect(status.servers[0]?.sync?.syncedAt).toBeDefined();
    expect(status.servers[0]?.reason).toContain('fleetlift cutover a');

    expect(await bench.operate(fleet.name, 'a', 'sync-now')).toMatchObject({ accepted: true });
    await bench.jobWhen(fleet.name, 'a', (record) => isWaiting(record) && record.sync?.passes === 2);
    const before = bench.callsOf(fleet.name, 'a').length;
    expect(await bench.operate(fleet.name, 'a', 'cutover')).toMatchObject({ accepted: true });
    await bench.operate(fleet.name, 'b', 'skip');
    const result = await handle.result();
    expect(result.servers.map((server) => server.status)).toEqual(['Finished', 'Skipped']);
    expect(told(bench.callsOf(fleet.name, 'a').slice(before))).toEqual([
      'runPass',
      'quiesce',
      'runPass',
      'compare',
      'buildImage',
      'checkBoot',
      'endStillness keep',
      'removeAgent',
    ]);
    expect(result.servers[0]?.cutover).toMatchObject({
      stoppedAt: '2026-11-01T00:00:00.000Z',
      services: 'left stopped',
    });
  });

  it('starts the services again for a rehearsal, once the data has been compared', async () => {
    const fleet = incremental({ all: ['r'] }, { afterCutover: 'restart' });
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'r', isWaiting);
    const before = bench.callsOf(fleet.name, 'r').length;
    await bench.operate(fleet.name, 'r', 'cutover');
    const [server] = (await handle.result()).servers;
    expect(server?.cutover?.services).toBe('started again');
    const calls = told(bench.callsOf(fleet.name, 'r').slice(before));
    expect(calls.slice(3)).toEqual([
      'compare',
      'endStillness start',
      'buildImage',
      'checkBoot',
      'removeAgent',
    ]);
  });

  it('goes back to waiting where a cutover fails, with the services running again, and may be cut over again', async () => {
    const fleet = incremental({ all: ['f'] });
    bench.simulation.failures.set('f:buildImage', [failure('E-IMAGE-TREE', false)]);
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'f', isWaiting);
    await bench.operate(fleet.name, 'f', 'cutover');
    const failed = await bench.jobWhen(
      fleet.name,
      'f',
      (record) => isWaiting(record) && record.error !== null,
    );
    expect(failed).toMatchObject({
      error: { code: 'E-IMAGE-TREE', step: 'image' },
      cutover: { services: 'started again' },
    });
    expect(failed.reason).toContain('its cutover failed: E-IMAGE-TREE');
    expect(bench.callsOf(fleet.name, 'f')).toContain('endStillness undo');
    await bench.operate(fleet.name, 'f', 'cutover');
    expect((await handle.result()).servers[0]).toMatchObject({ status: 'Finished', error: null });
  });

  it('breaks a cutover off where the services do not stand still', async () => {
    const fleet = incremental({ all: ['m'] });
    bench.simulation.failures.set('m:holdStill', [failure('E-CUTOVER', false)]);
    bench.simulation.held.add('m:buildImage');
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'm', isWaiting);
    await bench.operate(fleet.name, 'm', 'cutover');
    await bench.jobWhen(fleet.name, 'm', (record) => isWaiting(record) && record.error?.code === 'E-CUTOVER');
    bench.simulation.held.delete('m:buildImage');
    await bench.operate(fleet.name, 'm', 'cutover');
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('starts the services again where a cutover is paused, and waits for the next once resumed', async () => {
    const fleet = incremental({ all: ['p'] });
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'p', isWaiting);
    bench.simulation.held.add('p:runPass');
    await bench.operate(fleet.name, 'p', 'sync-now');
    await bench.called(fleet.name, 'p', 'runPass', 2);
    expect(await bench.operate(fleet.name, 'p', 'pause')).toMatchObject({ accepted: true });
    await bench.jobWhen(fleet.name, 'p', ({ status }) => status === 'Stopped');
    bench.simulation.held.clear();
    await bench.operate(fleet.name, 'p', 'resume');
    await bench.jobWhen(fleet.name, 'p', isWaiting);
    bench.simulation.held.add('p:buildImage');
    await bench.operate(fleet.name, 'p', 'cutover');
    await bench.called(fleet.name, 'p', 'buildImage');
    expect((await bench.operate(fleet.name, 'p', 'pause')).message).toContain('gives its cutover up');
    bench.simulation.held.delete('p:buildImage');
    await bench.jobWhen(fleet.name, 'p', ({ status }) => status === 'Stopped');
    expect(bench.callsOf(fleet.name, 'p')).toContain('endStillness undo');
    await bench.operate(fleet.name, 'p', 'resume');
    const waiting = await bench.jobWhen(fleet.name, 'p', isWaiting);
    expect(waiting.remarks?.join()).toContain('was given up: paused');
    await bench.operate(fleet.name, 'p', 'cutover');
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('waits for room with a delta that has grown, and gives a cutover up for it', async () => {
    const fleet = incremental({ all: ['g'] });
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'g', isWaiting);
    bench.simulation.full.add('g');
    await bench.operate(fleet.name, 'g', 'sync-now');
    await bench.jobWhen(
      fleet.name,
      'g',
      ({ status, roomBytes }) => status === 'Queued' && roomBytes !== undefined,
    );
    bench.simulation.full.delete('g');
    await bench.jobWhen(fleet.name, 'g', (record) => isWaiting(record) && record.sync?.passes === 2);
    bench.simulation.full.add('g');
    await bench.operate(fleet.name, 'g', 'cutover');
    const failed = await bench.jobWhen(
      fleet.name,
      'g',
      (record) => isWaiting(record) && record.error !== null,
    );
    expect(failed.error).toMatchObject({ code: 'E-RELAY-SPACE' });
    bench.simulation.full.delete('g');
    await bench.operate(fleet.name, 'g', 'cutover');
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('is cut over at a time, which can be taken back', async () => {
    const fleet = incremental({ all: ['t'] }, { quiesce: [] });
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 't', isWaiting);
    const later = new Date(Date.now() + 3_600_000).toISOString();
    expect((await bench.operate(fleet.name, 't', 'cutover', { at: later })).message).toContain(later);
    await bench.jobWhen(fleet.name, 't', ({ reason }) => reason?.includes(`cutover at ${later}`) === true);
    await bench.operate(fleet.name, 't', 'cutover', { at: null });
    await bench.jobWhen(fleet.name, 't', ({ reason }) => reason?.includes('cutover at') === false);
    const soon = new Date(Date.now() + 1_000).toISOString();
    await bench.operate(fleet.name, 't', 'cutover', { at: soon });
    const [server] = (await handle.result()).servers;
    expect(Date.parse(server?.cutover?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(soon));
    expect(server?.cutover).toMatchObject({ stoppedAt: null, services: null });
    expect(bench.callsOf(fleet.name, 't')).not.toContain('quiesce');
  });

  it('sends its deltas at the distance that the edited inventory says, from then on', async () => {
    const fleet = incremental({ all: ['i'] }, { everyMs: 3_600_000 });
    await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'i', isWaiting);
    const sync = { ...fleet.defaults.sync, everyMs: 100 };
    const edited = { ...fleet, defaults: { ...fleet.defaults, sync } };
    await editMigration(bench.env.client, { fleet: edited, waves: null, only: null });
    await bench.jobWhen(fleet.name, 'i', ({ sync: sent }) => (sent?.passes ?? 0) > 2);
    await bench.operate(fleet.name, 'i', 'cancel');
    await waitForEnd(bench.env.client, fleet.name);
  });

  it('goes on in a new run where deltas have made its history long, with all it has to release', async () => {
    const fleet = incremental({ all: ['l'] }, { everyMs: 1 });
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'l', () => true);
    const first = (await bench.job(fleet.name, 'l').describe()).runId;
    await bench.runAfter(fleet.name, 'l', first);
    const passes = (await bench.jobWhen(fleet.name, 'l', () => true)).sync?.passes ?? 0;
    expect(passes).toBeGreaterThan(2);
    expect((await bench.operate(fleet.name, 'l', 'cutover')).accepted).toBe(true);
    const [server] = (await handle.result()).servers;
    expect(server?.status).toBe('Finished');
    expect(server?.sync?.passes).toBeGreaterThan(passes);
    const calls = bench.callsOf(fleet.name, 'l');
    expect(calls.filter((call) => call === 'preflight')).toHaveLength(1);
    expect(calls.slice(-5)).toEqual([
      'releaseReplica',
      'releaseSource',
      'removeAgent',
      'keepResult',
      'recordResult',
    ]);
  });

  it('answers every command, also in the moment in which it goes on in a new run', async () => {
    const fleet = incremental({ all: ['n'] }, { quiesce: [] });
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'n', isWaiting);
    const { runId } = await bench.job(fleet.name, 'n').describe();
    const answers: Promise<CommandAnswer>[] = [];
    let waiting = 0;
    const ask = async (): Promise<void> => {
      bench.inNextTask.do = ask;
      if (waiting < ASKED_AT_ONCE) {
        waiting += 1;
        answers.push(bench.operate(fleet.name, 'n', 'retry').finally(() => (waiting -= 1)));
      }
      await delay(ARRIVES_MS);
      await bench.job(fleet.name, 'n').signal(holdSignal, 'test');
    };
    await ask();
    // A next run that begins in such a moment is put off by it; so the moments have an end.
    await pollUntil(100, AbortSignal.timeout(60_000), async () => {
      const now = await bench.job(fleet.name, 'n').describe();
      return now.runId !== runId || now.historyLength >= NEXT_RUN_AT + 20 ? true : null;
    });
    bench.inNextTask.do = null;
    await bench.runAfter(fleet.name, 'n', runId);
    for (const { accepted } of await Promise.all(answers)) expect(accepted).toBe(false);
    await bench.operate(fleet.name, 'n', 'cutover');
    expect((await handle.result()).outcome).toBe('finished');
  });
});
