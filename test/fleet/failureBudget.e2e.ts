import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labDown, labUp } from '../../lab/lab.js';
import type { LabServer } from '../../lab/servers.js';
import type { ServerResult } from '../../src/model/job.js';
import { closeLab } from '../e2e/closeLab.js';
import { Fleetlift } from '../e2e/fleetlift.js';
import { QUICK_EXCLUDES, serverOf, writeInventory } from '../e2e/inventory.js';
import { LabShell } from '../e2e/labShell.js';

const SERVERS = 10;
/** Two at a time: the first failure lets one more start, the second no other. */
const CONCURRENCY = 2;
const BROKEN = ['lab1', 'lab3', 'lab5'];
/** Sends for so long that both others have failed before it is done. */
const SLOW = 'lab2';
const SLOW_MBPS = 24;
const STARTED = ['lab1', 'lab2', 'lab3'];

let fleetlift: Fleetlift;
let inventory: string;
let broken: LabShell[];

beforeAll(async () => {
  await labDown();
  const servers = await labUp({ servers: SERVERS });
  broken = servers.filter(({ name }: LabServer) => BROKEN.includes(name)).map((one) => new LabShell(one));
  for (const shell of broken) await shell.run('mv /usr/bin/rsync /usr/bin/rsync.away');
  fleetlift = await Fleetlift.inNewFolder();
  inventory = await writeInventory(fleetlift.stateDir, 'budget', (document) => {
    const names = servers.map(({ name }) => name);
    document.set('waves', [{ name: 'all', servers: names, concurrency: CONCURRENCY, maxFailures: 1 }]);
    document.setIn(['relays', 0, 'slots'], SERVERS);
    document.setIn(['defaults', 'sync'], { excludes: QUICK_EXCLUDES });
    document.setIn(['defaults', 'verify'], { checksum: false, boot: [] });
    document.setIn(['servers', names.indexOf(SLOW), 'sync'], { rateMbps: SLOW_MBPS });
  });
});

afterAll(() => closeLab(fleetlift));

/** Servers of the jobs that Temporal knows: those that ever started. */
async function everStarted(): Promise<string[]> {
  const { stdout } = await fleetlift.run('jobs', 'list', '--json');
  return (JSON.parse(stdout) as { jobs: { server: string }[] }).jobs.map(({ server }) => server);
}

const namesOf = (servers: readonly ServerResult[], status: ServerResult['status']): string[] =>
  servers.filter((one) => one.status === status).map(({ name }) => name);

describe('a wave of ten with maxFailures: 1', () => {
  it('starts nothing new after its second failure, and ends what runs', async () => {
    const { exitCode, result } = await fleetlift.migrate(inventory);
    expect(await everStarted()).toEqual(STARTED);
    expect(namesOf(result.servers, 'InError')).toEqual(['lab1', 'lab3']);
    expect(namesOf(result.servers, 'Finished')).toEqual([SLOW]);
    expect(namesOf(result.servers, 'Queued')).toHaveLength(SERVERS - STARTED.length);
    for (const name of ['lab1', 'lab3']) {
      expect(serverOf(result.servers, name).error).toMatchObject({ code: 'E-RSYNC-MISSING' });
    }
    expect(result.outcome).toBe('waiting');
    expect(exitCode).toBe(4);
  });

  it('says what to do', async () => {
    const { stdout } = await fleetlift.run('status');
    expect(stdout).toContain('2 servers of it failed, more than maxFailures (1): retry or skip them');
    for (const name of ['lab1', 'lab3']) expect(stdout).toContain(`fleetlift retry ${name}`);
    const { stdout: json } = await fleetlift.run('status', '--json');
    const { waves } = JSON.parse(json) as { waves: unknown };
    expect(waves).toMatchObject([{ name: 'all', state: 'held', finished: 1, failed: 2, queued: 7 }]);
  });

  it('finishes all ten once they are repaired and retried', async () => {
    for (const shell of broken) await shell.run('mv /usr/bin/rsync.away /usr/bin/rsync');
    const retried = await fleetlift.run('retry', '--wave', 'all');
    expect(retried).toMatchObject({ exitCode: 0 });
    expect(retried.stdout.split('\n')).toEqual([
      'lab1 goes on at step preflight',
      'lab3 goes on at step preflight',
    ]);
    const { exitCode, result } = await fleetlift.migrate(inventory);
    expect(namesOf(result.servers, 'Finished')).toHaveLength(SERVERS);
    expect(result.servers.every(({ job }) => job.endsWith('/1'))).toBe(true);
    expect(exitCode).toBe(0);
  });
});
