import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { pollUntil } from '../../activities/support/poll.js';
import type { KnownSchedule } from '../../src/temporal/schedules.js';
import { Fleetlift } from './fleetlift.js';

/** Long enough for the command that makes the schedule, or for one that stops the service. */
const SOON_MS = 6_000;
/** Nobody listens there, so that a wave that has started is soon in error. */
const CLOSED_PORT = 1;

let fleetlift: Fleetlift;
let folder: string;
let inventory: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-schedule-'));
  inventory = join(folder, 'dc1.yaml');
  await writeFile(
    inventory,
    stringify({
      version: 1,
      name: 'dc1',
      defaults: { ssh: { user: 'root', port: CLOSED_PORT }, retry: { maximumAttempts: 1 } },
      waves: [
        { name: 'canary', servers: ['web1'], approval: true },
        { name: 'rest', servers: ['web2'] },
      ],
      servers: [
        { name: 'web1', host: '127.0.0.1' },
        { name: 'web2', host: '127.0.0.2' },
      ],
    }),
  );
  fleetlift = await Fleetlift.inNewFolder();
  expect(await fleetlift.run('up')).toMatchObject({ exitCode: 0 });
});

afterAll(async () => {
  try {
    await fleetlift.giveUp();
  } finally {
    await fleetlift.dispose();
    await rm(folder, { recursive: true, force: true });
  }
});

const soon = (): string => new Date(Date.now() + SOON_MS).toISOString();
const create = (wave: string, at: string) =>
  fleetlift.run('schedule', 'create', inventory, '--wave', wave, '--at', at);

async function schedules(): Promise<KnownSchedule[]> {
  const { stdout } = await fleetlift.run('schedule', 'list', '--json');
  return (JSON.parse(stdout) as { schedules: KnownSchedule[] }).schedules;
}

async function done(name: string): Promise<KnownSchedule> {
  return pollUntil(500, AbortSignal.timeout(60_000), async () => {
    const schedule = (await schedules()).find((one) => one.name === name);
    return schedule?.state === 'done' ? schedule : null;
  });
}

describe('a schedule', () => {
  it('starts its gated wave with nobody there, and tells so', async () => {
    const created = await create('canary', soon());
    expect(created).toMatchObject({ exitCode: 0, stderr: '' });
    expect(created.stdout).toMatch(
      /^dc1\/canary: wave canary of dc1 \(1 server\) starts at \d{4}-.* UTC\)?\.\n/,
    );
    expect(created.stdout).toContain('this is its approval');
    expect(created.stdout).toContain('take it back: fleetlift schedule delete dc1/canary');
    expect((await fleetlift.run('schedule', 'list')).stdout).toMatch(/^dc1\/canary +dc1 +canary .* due$/m);

    expect((await done('dc1/canary')).remark).toContain('started dc1');
    await pollUntil(500, AbortSignal.timeout(60_000), async () => {
      const [web1] = await fleetlift.servers();
      return web1?.status === 'InError' && web1.error?.code.startsWith('E-SSH-') === true ? true : null;
    });
  });

  it('is kept over a restart of the service, which starts the wave a little late', async () => {
    const at = soon();
    expect(await create('rest', at)).toMatchObject({ exitCode: 0 });
    expect(await fleetlift.run('down')).toMatchObject({ exitCode: 0 });
    await pollUntil(200, AbortSignal.timeout(60_000), () =>
      Promise.resolve(Date.now() > Date.parse(at) + 1_000 ? true : null),
    );
    expect(await fleetlift.run('up')).toMatchObject({ exitCode: 0 });
    expect((await done('dc1/rest')).remark).toContain('joined dc1, which was open');
    expect((await fleetlift.servers()).map(({ name }) => name)).toEqual(['web1', 'web2']);
  });

  it('is paused, resumed and taken back by its name', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const named = ['--wave', 'rest', '--at', at, '--name', 'again'];
    expect(await fleetlift.run('schedule', 'create', inventory, ...named)).toMatchObject({ exitCode: 0 });
    const same = await fleetlift.run('schedule', 'create', inventory, ...named);
    expect(same).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('again is there already') as string,
    });
    const other = await fleetlift.run(
      'schedule',
      'create',
      inventory,
      '--wave',
      'canary',
      '--at',
      at,
      '--name',
      'again',
    );
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain('there is a schedule again already: wave rest of dc1');

    const operate = async (operation: string, name = 'again') => {
      const { exitCode, stdout, stderr } = await fleetlift.run('schedule', operation, name);
      return `${String(exitCode)} ${stdout}${stderr}`;
    };
    expect(await operate('pause')).toContain('0 again is paused: wave rest does not start unless');
    expect(await operate('resume')).toContain('0 again is resumed: wave rest starts at');
    expect(await operate('pause', 'agian')).toContain('there is no schedule "agian". Did you mean "again"?');
    expect(await operate('pause', 'dc1/rest')).toContain('dc1/rest cannot be paused: it is done');
    expect(await operate('delete')).toContain('0 again is deleted: wave rest does not start by itself');
    expect((await schedules()).map(({ name }) => name)).toEqual(['dc1/canary', 'dc1/rest']);
  });
});
