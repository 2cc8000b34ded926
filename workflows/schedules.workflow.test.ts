import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '../activities/support/poll.js';
import type { Fleet } from '../src/model/fleet.js';
import type { ScheduleState } from '../src/model/schedule.js';
import { writeResult } from '../src/state/results.js';
import {
  createSchedule,
  deleteSchedule,
  findSchedule,
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  type KnownSchedule,
} from '../src/temporal/schedules.js';
import { fleetOf } from '../test/support/simulation.js';
import { migrationName, WorkflowBench } from '../test/support/workflowBench.js';

let bench: WorkflowBench;

beforeAll(async () => {
  bench = await WorkflowBench.start();
});

afterAll(() => bench.dispose());

const SOON_MS = 2_000;

/** A time so many milliseconds ahead, or a little later: whole seconds. */
const ahead = (ms: number): string =>
  new Date(Math.ceil((Date.now() + ms) / 1000) * 1000).toISOString().replace('.000', '');

/** Two waves of a server each, both of which wait for a word. */
function gatedFleet(): Fleet {
  const fleet = fleetOf(migrationName(), { canary: ['a'], rest: ['b'] });
  return { ...fleet, waves: fleet.waves.map((wave) => ({ ...wave, approval: true })) };
}

const nameOf = (fleet: Fleet, wave: string): string => `${fleet.name}/${wave}`;

async function schedule(fleet: Fleet, wave: string, at = ahead(SOON_MS)): Promise<string> {
  const name = nameOf(fleet, wave);
  const asked = { name, at, wave: { fleet, wave, readAt: new Date().toISOString() } };
  expect(await createSchedule(bench.env.client, asked)).toEqual({ outcome: 'created' });
  return name;
}

function scheduleWhen(name: string, state: ScheduleState): Promise<KnownSchedule> {
  return pollUntil(200, AbortSignal.timeout(60_000), async () => {
    const known = await findSchedule(bench.env.client, name);
    return known?.state === state ? known : null;
  });
}

async function runsOf(name: string): Promise<string[]> {
  const runs: string[] = [];
  for await (const { workflowId } of bench.env.client.workflow.list({
    query: `WorkflowId STARTS_WITH 'scheduled/${name}'`,
  })) {
    runs.push(workflowId);
  }
  return runs;
}

describe('a schedule', () => {
  it('starts its wave at its time, once, and is its approval', async () => {
    const fleet = gatedFleet();
    const at = ahead(SOON_MS);
    const name = await schedule(fleet, 'canary', at);
    expect(await findSchedule(bench.env.client, name)).toMatchObject({ state: 'due', at, wave: 'canary' });
    const { policies } = await bench.env.client.schedule.getHandle(`schedule/${name}`).describe();
    expect(policies).toEqual({ overlap: 'SKIP', catchupWindow: 600_000, pauseOnFailure: true });

    const done = await scheduleWhen(name, 'done');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
    expect(done).toMatchObject({ run: `scheduled/${name}-${at}`, code: null });
    expect(done.remark).toBe(`started ${fleet.name}; wave canary (1 servers) starts now`);
    const handle = bench.env.client.workflow.getHandle(`migration/${fleet.name}`);
    expect(await handle.result()).toMatchObject({
      outcome: 'finished',
      servers: [{ name: 'a', status: 'Finished' }],
    });

    await resumeSchedule(bench.env.client, name);
    const { state, info } = await bench.env.client.schedule.getHandle(`schedule/${name}`).describe();
    expect([state.remainingActions, info.nextActionTimes]).toEqual([0, []]);
    expect(await runsOf(name)).toHaveLength(1);
  });

  it('adds its wave to a migration that is open', async () => {
    const fleet = gatedFleet();
    bench.simulation.held.add('a:runPass');
    const canary = await schedule(fleet, 'canary');
    await bench.called(fleet.name, 'a', 'runPass');
    const rest = await schedule(fleet, 'rest');
    const done = await scheduleWhen(rest, 'done');
    expect(done.remark).toContain(`joined ${fleet.name}, which was open`);
    expect(done.remark).toContain('wave rest (1 servers) starts when wave canary is done');
    bench.simulation.held.delete('a:runPass');
    const handle = bench.env.client.workflow.getHandle(`migration/${fleet.name}`);
    expect(await handle.result()).toMatchObject({
      outcome: 'finished',
      servers: [{ name: 'a' }, { name: 'b', status: 'Finished' }],
    });
    const known = await listSchedules(bench.env.client);
    expect(known.map(({ name }) => name)).toEqual(expect.arrayContaining([canary, rest]));
  });

  it('loses nothing where another wave of the migration starts in the same moment', async () => {
    const fleet = gatedFleet();
    const at = ahead(SOON_MS);
    const names = [await schedule(fleet, 'canary', at), await schedule(fleet, 'rest', at)];
    for (const name of names) await scheduleWhen(name, 'done');
    const finished = await bench.statusWhen(fleet.name, ({ outcome }) => outcome === 'finished');
    expect(finished.servers.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'a Finished',
      'b Finished',
    ]);
  });

  it('starts nothing while it is paused, nor afterwards', async () => {
    const fleet = gatedFleet();
    const name = await schedule(fleet, 'canary');
    await pauseSchedule(bench.env.client, name);
    expect(await findSchedule(bench.env.client, name)).toMatchObject({ state: 'paused' });
    const missed = await scheduleWhen(name, 'missed');
    expect(missed.remark).toBe('it was paused at its time');

    // What comes after it shows that Temporal has looked at this one's time as well.
    await resumeSchedule(bench.env.client, name);
    await scheduleWhen(await schedule(fleet, 'rest'), 'done');
    expect(await runsOf(name)).toEqual([]);
  });

  it('starts at its time after all where its pause is taken back before', async () => {
    const fleet = gatedFleet();
    const name = await schedule(fleet, 'canary', ahead(SOON_MS + 1_000));
    await pauseSchedule(bench.env.client, name);
    await resumeSchedule(bench.env.client, name);
    expect(await scheduleWhen(name, 'done')).toMatchObject({ code: null });
  });

  it('is missed where its time passed long ago, and never made up for', async () => {
    const fleet = gatedFleet();
    const name = await schedule(fleet, 'canary', ahead(-11 * 60_000));
    expect(await findSchedule(bench.env.client, name)).toMatchObject({ state: 'missed', run: null });
    await scheduleWhen(await schedule(fleet, 'rest'), 'done');
    expect(await runsOf(name)).toEqual([]);
  });

  it('tells what the open migration refused, with its code', async () => {
    const fleet = gatedFleet();
    const open = { ...fleet, waves: fleet.waves.map((wave) => ({ ...wave, approval: false })) };
    bench.simulation.held.add('a:runPass');
    const handle = await bench.migrate(open);
    await bench.called(fleet.name, 'a', 'runPass');
    const moved = { ...fleet, servers: fleet.servers.map((one) => ({ ...one, host: 'moved.example' })) };
    const failed = await scheduleWhen(await schedule(moved, 'rest'), 'failed');
    expect(failed).toMatchObject({
      code: 'E-EDIT-REFUSED',
      remark: expect.stringContaining('its host can no longer change: fleetlift cancel a') as unknown,
    });
    bench.simulation.held.delete('a:runPass');
    expect((await handle.result()).outcome).toBe('finished');
  });

  it('starts nothing where its wave is finished', async () => {
    const fleet = gatedFleet();
    writeResult(bench.layout, {
      migration: fleet.name,
      name: 'a',
      wave: 'canary',
      job: `job/${fleet.name}/a/1`,
      status: 'Finished',
      step: 'clean-up',
      attempts: 1,
      sync: null,
      images: [],
      verify: null,
      error: null,
    });
    const done = await scheduleWhen(await schedule(fleet, 'canary'), 'done');
    expect(done.remark).toBe('every server of it is finished or skipped already');
    expect(bench.callsOf(fleet.name, 'a')).toEqual([]);
  });

  it('is made once: the same again is no other, another is refused, and a spent one gives way', async () => {
    const fleet = gatedFleet();
    const at = ahead(3_600_000);
    const name = await schedule(fleet, 'canary', at);
    const { client } = bench.env;
    const wave = { fleet, wave: 'canary', readAt: new Date(0).toISOString() };
    expect(await createSchedule(client, { name, at, wave })).toMatchObject({ outcome: 'same' });
    expect(await createSchedule(client, { name, at: ahead(7_200_000), wave })).toMatchObject({
      outcome: 'taken',
      known: { at },
    });
    const edited = { ...wave, fleet: { ...fleet, limits: { concurrency: 1, rateMbps: null } } };
    expect(await createSchedule(client, { name, at, wave: edited })).toMatchObject({ outcome: 'taken' });

    await deleteSchedule(client, name);
    expect(await findSchedule(client, name)).toBeNull();
    await schedule(fleet, 'canary', ahead(-11 * 60_000));
    expect(await createSchedule(client, { name, at, wave })).toEqual({ outcome: 'replaced' });
    expect(await findSchedule(client, name)).toMatchObject({ state: 'due', at });
    await deleteSchedule(client, name);
  });
});
