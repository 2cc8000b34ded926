import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fleet, SyncSettings } from '../src/model/fleet.js';
import type { ServerResult } from '../src/model/job.js';
import { editMigration } from '../src/temporal/migrations.js';
import { fleetOf } from '../test/support/simulation.js';
import { failure, migrationName, WorkflowBench } from '../test/support/workflowBench.js';

let bench: WorkflowBench;

beforeAll(async () => {
  bench = await WorkflowBench.start();
});

afterAll(() => bench.dispose());

/** One server whose last pass can be read from snapshots. */
function fleetWith(server: string, sync: Partial<SyncSettings> = {}): Fleet {
  bench.simulation.snapshots.add(server);
  const fleet = fleetOf(migrationName(), { all: [server] });
  return {
    ...fleet,
    defaults: { ...fleet.defaults, sync: { ...fleet.defaults.sync, ...sync } },
  };
}

const TOLD = ['runPass', 'takeSnapshots', 'compare', 'dropSnapshots', 'buildImage', 'quiesce', 'removeAgent'];
const told = (fleet: Fleet, server: string): string[] =>
  bench.callsOf(fleet.name, server).filter((call) => TOLD.includes(call));
const timesOf = (fleet: Fleet, server: string, activity: string): number =>
  bench.callsOf(fleet.name, server).filter((call) => call === activity).length;
const passesOf = (server: string): string[] =>
  bench.simulation.passes
    .filter((pass) => pass.server === server)
    .map(({ number, kind, snapshots }) => [number, kind, ...snapshots].join(' '));
const resultOf = (fleet: Fleet, server: string): Promise<ServerResult> =>
  bench.job(fleet.name, server).result() as Promise<ServerResult>;

describe('a job that is migrated once', () => {
  it('reads its last pass and the comparison from the same snapshots, which are gone before its image', async () => {
    const fleet = fleetWith('o');
    const { servers } = await (await bench.migrate(fleet)).result();
    expect(servers).toMatchObject([{ status: 'Finished', sync: { passes: 2 } }]);
    expect(told(fleet, 'o')).toEqual([
      ...['runPass', 'takeSnapshots', 'runPass', 'compare', 'dropSnapshots', 'buildImage', 'removeAgent'],
    ]);
    expect(timesOf(fleet, 'o', 'holdSnapshots')).toBe(1);
    expect(passesOf('o')).toEqual(['1 sync', '2 sync fs0', '3 verify fs0']);
    const { times = [] } = await resultOf(fleet, 'o');
    expect(times.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      ...['preflight done', 'import done', 'sync done', 'sync done', 'verify done', 'image done'],
      ...['verify done', 'clean-up done'],
    ]);
  });

  it('takes none where the plan has none, or the inventory says off', async () => {
    const without = fleetOf(migrationName(), { all: ['n'] });
    const off = fleetWith('f', { snapshot: 'off' });
    const results = await Promise.all(
      [without, off].map(async (fleet) => (await bench.migrate(fleet)).result()),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['finished', 'finished']);
    for (const [fleet, server] of [
      [without, 'n'],
      [off, 'f'],
    ] as const) {
      expect(told(fleet, server)).toEqual(['runPass', 'compare', 'buildImage', 'removeAgent']);
      expect(timesOf(fleet, server, 'dropSnapshots')).toBe(0);
    }
  });

  it('takes new ones, for a pass of its own, where one ran full in the midst of the comparison', async () => {
    const fleet = fleetWith('h');
    bench.simulation.failures.set('h:holdSnapshots', [failure('E-SNAPSHOT', true)]);
    bench.simulation.held.add('h:compare');
    const handle = await bench.migrate(fleet);
    await bench.called(fleet.name, 'h', 'takeSnapshots', 2);
    bench.simulation.held.delete('h:compare');
    expect((await handle.result()).outcome).toBe('finished');
    expect(timesOf(fleet, 'h', 'dropSnapshots')).toBe(2);
    expect(passesOf('h').at(-1)).toContain('verify fs0');
    const sent = passesOf('h').filter((pass) => pass.includes('sync fs0'));
    expect(new Set(sent).size).toBe(sent.length);
  });

  it('fails at the step it has come to, with its snapshots removed, and takes new ones when it is retried', async () => {
    const fleet = fleetWith('v');
    bench.simulation.failures.set('v:compare', [failure('E-VERIFY-DIFF', false)]);
    const handle = await bench.migrate(fleet);
    const failed = await bench.jobWhen(fleet.name, 'v', ({ status }) => status === 'InError');
    expect(failed).toMatchObject({ step: 'verify', error: { code: 'E-VERIFY-DIFF', step: 'verify' } });
    expect(told(fleet, 'v').at(-1)).toBe('dropSnapshots');
    await bench.operate(fleet.name, 'v', 'retry');
    expect((await handle.result()).outcome).toBe('finished');
    expect(timesOf(fleet, 'v', 'takeSnapshots')).toBe(2);
    expect(passesOf('v')).toEqual([
      ...['1 sync', '2 sync fs0', '3 verify fs0', '4 sync fs0', '5 verify fs0'],
    ]);
  });

  it('does without, where they cannot be taken and the operator says so', async () => {
    const fleet = fleetWith('w');
    bench.simulation.failures.set('w:takeSnapshots', [failure('E-SNAPSHOT', false)]);
    const handle = await bench.migrate(fleet);
    const failed = await bench.jobWhen(fleet.name, 'w', ({ status }) => status === 'InError');
    expect(failed.error).toMatchObject({ code: 'E-SNAPSHOT', step: 'sync' });
    const sync = { ...fleet.defaults.sync, snapshot: 'off' as const };
    const edited = { ...fleet, defaults: { ...fleet.defaults, sync } };
    const answer = await editMigration(bench.env.client, { fleet: edited, waves: null, only: null });
    expect(answer).toMatchObject({ accepted: true });
    await bench.operate(fleet.name, 'w', 'retry');
    expect((await handle.result()).outcome).toBe('finished');
    expect(timesOf(fleet, 'w', 'takeSnapshots')).toBe(1);
    expect(passesOf('w').at(-1)).toMatch(/^\d verify$/);
  });

  it('holds none while it is paused', async () => {
    const fleet = fleetWith('p');
    bench.simulation.held.add('p:takeSnapshots');
    const handle = await bench.migrate(fleet);
    await bench.called(fleet.name, 'p', 'takeSnapshots');
    bench.simulation.held.add('p:runPass');
    bench.simulation.held.delete('p:takeSnapshots');
    await bench.called(fleet.name, 'p', 'runPass', 2);
    expect(await bench.operate(fleet.name, 'p', 'pause')).toMatchObject({ accepted: true });
    await bench.jobWhen(fleet.name, 'p', ({ status }) => status === 'Stopped');
    expect(told(fleet, 'p').at(-1)).toBe('dropSnapshots');
    bench.simulation.held.delete('p:runPass');
    await bench.operate(fleet.name, 'p', 'resume');
    expect((await handle.result()).outcome).toBe('finished');
    // No pass is taken up again: it would be of two moments.
    expect(passesOf('p')).toEqual(['1 sync', '2 sync fs0', '3 sync fs0', '4 verify fs0']);
  });

  it('removes them when it is cancelled', async () => {
    const fleet = fleetWith('c');
    bench.simulation.held.add('c:compare');
    const handle = await bench.migrate(fleet);
    await bench.called(fleet.name, 'c', 'compare');
    await bench.operate(fleet.name, 'c', 'cancel');
    expect((await handle.result()).servers[0]).toMatchObject({ status: 'Cancelled' });
    bench.simulation.held.delete('c:compare');
    expect(told(fleet, 'c').slice(-2)).toEqual(['dropSnapshots', 'removeAgent']);
  });

  it('leaves them to the timer where its source cannot be reached any more, and says so', async () => {
    const fleet = fleetWith('u');
    bench.simulation.failures.set('u:dropSnapshots', [failure('E-SSH-CONNECT', true)]);
    await (await bench.migrate(fleet)).result();
    const { status, remarks = [] } = await resultOf(fleet, 'u');
    expect(status).toBe('Finished');
    expect(remarks.join()).toContain('removes its snapshots by its own timer, E-SSH-CONNECT');
  });
});

describe('a job whose source was away when its snapshots were to be removed', () => {
  it('goes on trying, though it waits for its operator', async () => {
    const fleet = fleetWith('l');
    bench.simulation.failures.set('l:compare', [failure('E-VERIFY-DIFF', false)]);
    bench.simulation.failures.set('l:dropSnapshots', [failure('E-SSH-CONNECT', true)]);
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'l', ({ status }) => status === 'InError');
    await bench.called(fleet.name, 'l', 'dropSnapshots', 2);
    await bench.operate(fleet.name, 'l', 'retry');
    expect((await handle.result()).outcome).toBe('finished');
    expect(timesOf(fleet, 'l', 'dropSnapshots')).toBe(3);
  });
});

describe('an incremental job', () => {
  it('reads the last delta of its cutover from snapshots, and no other', async () => {
    const fleet = fleetWith('i', { mode: 'incremental', quiesce: ['postgresql'] });
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'i', ({ status }) => status === 'Waiting');
    await bench.operate(fleet.name, 'i', 'sync-now');
    await bench.jobWhen(fleet.name, 'i', ({ status, sync }) => status === 'Waiting' && sync?.passes === 2);
    expect(timesOf(fleet, 'i', 'takeSnapshots')).toBe(0);
    await bench.operate(fleet.name, 'i', 'cutover');
    expect((await handle.result()).servers[0]).toMatchObject({ status: 'Finished', sync: { passes: 4 } });
    expect(told(fleet, 'i').slice(2)).toEqual([
      ...['runPass', 'quiesce', 'takeSnapshots', 'runPass', 'compare', 'dropSnapshots', 'buildImage'],
      'removeAgent',
    ]);
    expect(passesOf('i').slice(-2)).toEqual(['4 sync fs0', '5 verify fs0']);
  });

  it('has its services running again, and no snapshots, where its cutover fails', async () => {
    const fleet = fleetWith('j', { mode: 'incremental', quiesce: ['postgresql'] });
    bench.simulation.failures.set('j:compare', [failure('E-VERIFY-DIFF', false)]);
    const handle = await bench.migrate(fleet);
    await bench.jobWhen(fleet.name, 'j', ({ status }) => status === 'Waiting');
    await bench.operate(fleet.name, 'j', 'cutover');
    const failed = await bench.jobWhen(
      fleet.name,
      'j',
      ({ status, error }) => status === 'Waiting' && error !== null,
    );
    expect(failed).toMatchObject({
      error: { code: 'E-VERIFY-DIFF', step: 'verify' },
      cutover: { services: 'started again' },
    });
    const ends = bench.callsOf(fleet.name, 'j').slice(-2);
    expect(ends).toEqual(['dropSnapshots', 'endStillness undo']);
    await bench.operate(fleet.name, 'j', 'cutover');
    expect((await handle.result()).outcome).toBe('finished');
    expect(timesOf(fleet, 'j', 'dropSnapshots')).toBe(2);
  });
});
