import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labDown, labUp, powerOff } from '../../lab/lab.js';
import type { LabServer } from '../../lab/servers.js';
import type { MigrationResult, ServerResult } from '../../src/model/job.js';
import { linkBytes } from '../e2e/cable.js';
import { closeLab } from '../e2e/closeLab.js';
import { Fleetlift } from '../e2e/fleetlift.js';
import { serverOf, writeInventory } from '../e2e/inventory.js';
import { LabShell } from '../e2e/labShell.js';
import { labRelay, untilLargeFileHas } from '../e2e/largeFile.js';
import { COUNT_TICKS, TickingDatabase } from '../e2e/tickingDatabase.js';

/** So slow that a pause hits lab1 inside its large file. */
const LARGE_MBPS = 80;
const PAUSE_AT = 30 << 20;

let fleetlift: Fleetlift;
let inventory: string;
let second: LabShell;
let database: TickingDatabase;

beforeAll(async () => {
  await labDown();
  const servers = await labUp({ servers: 6 });
  const named = (name: string): LabServer => {
    const server = servers.find((one) => one.name === name);
    if (server === undefined) throw new Error(`a lab of six servers has no ${name}`);
    return server;
  };
  second = new LabShell(named('lab2'));
  database = new TickingDatabase(named('lab3'));
  fleetlift = await Fleetlift.inNewFolder();
  inventory = await writeInventory(fleetlift.stateDir, 'six', (document) => {
    document.set('waves', [
      { name: 'first', servers: ['lab1', 'lab2'] },
      { name: 'second', servers: ['lab3', 'lab4', 'lab5', 'lab6'], approval: true },
    ]);
    document.setIn(['defaults', 'retry'], { maximumAttempts: 2, initialInterval: '1s' });
    document.setIn(['servers', 0, 'sync'], { rateMbps: LARGE_MBPS });
    document.setIn(['servers', 2, 'sync'], { mode: 'incremental', every: '1h', quiesce: ['postgresql'] });
    document.setIn(['servers', 2, 'verify'], { commands: [COUNT_TICKS] });
  });
});

afterAll(() => closeLab(fleetlift));

const statuses = ({ servers }: MigrationResult): string =>
  servers.map(({ name, status }) => `${name} ${status}`).join(', ');

const isGood = ({ status, verify }: ServerResult): boolean =>
  status === 'Finished' &&
  verify?.checksum?.differences === 0 &&
  verify.boot.length > 0 &&
  verify.boot.every(({ booted }) => booted);

/** What lab1 had sent when it was paused. */
let sentAtPause: number;

describe('six servers in two waves', () => {
  it('pause inside a large file, while another one fails', async () => {
    await second.run('mv /usr/bin/rsync /usr/bin/rsync.away');
    expect(await fleetlift.run('migrate', inventory, '--detach')).toMatchObject({ exitCode: 0 });
    await untilLargeFileHas(labRelay(fleetlift.stateDir), 'six', PAUSE_AT);
    sentAtPause = await linkBytes();
    expect((await fleetlift.run('pause', 'lab1')).stdout).toContain('lab1 stops its transfer within seconds');
    const { exitCode, result } = await fleetlift.migrate(inventory);
    expect(statuses(result)).toBe(
      'lab1 Stopped, lab2 InError, lab3 Queued, lab4 Queued, lab5 Queued, lab6 Queued',
    );
    expect(serverOf(result.servers, 'lab2').error).toMatchObject({ code: 'E-RSYNC-MISSING' });
    expect(exitCode).toBe(3);
    const { stdout } = await fleetlift.run('status');
    for (const words of [
      'fleetlift resume lab1',
      'fleetlift retry lab2',
      'wave second: waits for wave first',
    ]) {
      expect(stdout).toContain(words);
    }
  });

  it('finish the first wave once the one is repaired and the other goes on, and wait for a word', async () => {
    await second.run('mv /usr/bin/rsync.away /usr/bin/rsync');
    expect((await fleetlift.run('retry', 'lab2')).stdout).toContain('lab2 goes on at step preflight');
    expect((await fleetlift.run('resume', 'lab1')).stdout).toContain('lab1 goes on where it stopped');
    const { exitCode, result } = await fleetlift.migrate(inventory);
    expect(statuses(result)).toBe(
      'lab1 Finished, lab2 Finished, lab3 Queued, lab4 Queued, lab5 Queued, lab6 Queued',
    );
    expect(exitCode).toBe(4);
    // Much had come before the pause, and it is not sent again.
    const sent = (await linkBytes()) - sentAtPause;
    expect(sent).toBeLessThan(serverOf(result.servers, 'lab1').sync?.wireBytes ?? 0);
    expect((await fleetlift.run('status')).stdout).toContain('fleetlift approve second');
  });

  it('take the second wave when it is approved, and leave one out', async () => {
    await powerOff('lab5');
    expect((await fleetlift.run('approve', 'second')).stdout).toContain('wave second (4 servers) starts now');
    const { exitCode, result } = await fleetlift.migrate(inventory);
    expect(statuses(result)).toBe(
      'lab1 Finished, lab2 Finished, lab3 Waiting, lab4 Finished, lab5 InError, lab6 Finished',
    );
    expect(exitCode).toBe(3);
    expect((await fleetlift.run('skip', 'lab5')).stdout).toContain('lab5 is skipped');
    const skipped = await fleetlift.migrate(inventory);
    expect(serverOf(skipped.result.servers, 'lab5').status).toBe('Skipped');
    expect(skipped.exitCode).toBe(4);
    expect((await fleetlift.run('status')).stdout).toContain('fleetlift cutover lab3');
  });

  it('cut the database over while it is written to, with every row that was committed', async () => {
    await database.write();
    expect((await fleetlift.run('cutover', 'lab3')).stdout).toContain('lab3 is cut over: services stop');
    const { exitCode, result } = await fleetlift.migrate(inventory);
    expect(statuses(result)).toBe(
      'lab1 Finished, lab2 Finished, lab3 Finished, lab4 Finished, lab5 Skipped, lab6 Finished',
    );
    expect(result.outcome).toBe('finished');
    expect(exitCode).toBe(0);
    expect(result.servers.filter(isGood)).toHaveLength(5);
    await database.expectEveryRow(serverOf(result.servers, 'lab3'));
    console.log(`six servers in ${result.seconds} s`);
  });

  it('are reported with the down time, as text, JSON and HTML', async () => {
    const text = (await fleetlift.run('report')).stdout;
    const [downTime = ''] = /services down for \S+ and left stopped/.exec(text) ?? [];
    expect(downTime).not.toBe('');
    const html = join(fleetlift.stateDir, 'six.html');
    expect(await fleetlift.run('report', '--html', html)).toMatchObject({ exitCode: 0 });
    expect(await readFile(html, 'utf8')).toContain(downTime);
    const { stdout } = await fleetlift.run('report', '--json');
    const { cutover } = serverOf((JSON.parse(stdout) as MigrationResult).servers, 'lab3');
    expect(cutover?.services).toBe('left stopped');
    expect(cutover?.downSeconds).toBeGreaterThan(0);
  });
});
