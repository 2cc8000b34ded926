import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '../../activities/support/poll.js';
import { labDown, labUp } from '../../lab/lab.js';
import { DEFAULT_STATE_DIR } from '../../lab/paths.js';
import type { LabServer } from '../../lab/servers.js';
import { identityFile, knownHostsFile } from '../../lab/state.js';
import { AgentClient } from '../../src/agent/AgentClient.js';
import type { ServerResult } from '../../src/model/job.js';
import { openSession } from '../../src/ssh/connect.js';
import { closeLab } from './closeLab.js';
import { Fleetlift } from './fleetlift.js';
import { onlyServer, writeInventory } from './inventory.js';
import { LabShell } from './labShell.js';
import { COUNT_TICKS, TickingDatabase } from './tickingDatabase.js';

/** Number of the first lab server with one. */
const WITH_DATABASE = 3;
/** Snapshots of the btrfs that it also has, by name. */
const SNAPSHOTS = "btrfs subvolume list -r /srv/data | awk '{ print $NF }'";
const takeSnapshot = (name: string): string => `btrfs subvolume snapshot -r /srv/data /srv/data/${name}`;
const ARE_ACTIVE = 'systemctl is-active postgresql postgresql@15-main | tr "\\n" " "';

let fleetlift: Fleetlift;
let server: LabServer;
let shell: LabShell;
let database: TickingDatabase;
let traces: string;
let file: string;

beforeAll(async () => {
  await labDown();
  const [only] = await labUp({ servers: [WITH_DATABASE] });
  if (only === undefined) throw new Error('a lab of one server has none');
  server = only;
  shell = new LabShell(server);
  await shell.run(takeSnapshot('monday'));
  database = new TickingDatabase(server);
  fleetlift = await Fleetlift.inNewFolder();
  file = await inventory();
  traces = await shell.traces();
});

afterAll(() => closeLab(fleetlift));

async function inventory(): Promise<string> {
  return writeInventory(fleetlift.stateDir, 'cutover', (document) => {
    document.set('servers', [{ name: 'lab3', host: server.address }]);
    document.set('waves', [{ name: 'all', servers: ['lab3'] }]);
    document.setIn(['defaults', 'sync'], { mode: 'incremental', every: '1h', quiesce: ['postgresql'] });
    document.setIn(['defaults', 'verify'], { boot: ['bios'], commands: [COUNT_TICKS, SNAPSHOTS] });
  });
}

async function serverWhen(test: (one: ServerResult) => boolean): Promise<ServerResult> {
  return pollUntil(500, AbortSignal.timeout(300_000), async () => {
    const [one] = await fleetlift.servers();
    return one !== undefined && test(one) ? one : null;
  });
}

describe('services that stand still', () => {
  it('are started again by a timer on the source where nobody asks any more, and leave nothing', async () => {
    const job = { migration: 'timer', server: 'lab3', number: 1 };
    const settings = {
      user: 'root',
      identityFile: identityFile(DEFAULT_STATE_DIR),
      knownHosts: knownHostsFile(DEFAULT_STATE_DIR),
    };
    const session = await openSession({ server: 'lab3', host: server.address, settings });
    try {
      const agent = await AgentClient.push(session, job);
      await expect(agent.quiesce(['no-such-service'], 5)).rejects.toMatchObject({ code: 'E-QUIESCE' });
      expect(await shell.run(ARE_ACTIVE)).toBe('active active ');
      expect(await agent.quiesce(['postgresql'], 5)).toMatchObject({ still: true });
      expect(await shell.run(`${ARE_ACTIVE} || true`)).toBe('inactive inactive ');
      expect(await agent.holdStill(5)).toMatchObject({ still: true });
      await pollUntil(500, AbortSignal.timeout(60_000), async () =>
        (await shell.run(`${ARE_ACTIVE} || true`)) === 'active active ' ? true : null,
      );
      expect(await agent.holdStill(5)).toMatchObject({ still: false });
      // Started by somebody else before their time: noticed too.
      expect(await agent.quiesce(['postgresql'], 600)).toMatchObject({ still: true });
      await shell.run('systemctl start postgresql && systemctl stop postgresql');
      expect(await agent.holdStill(600)).toMatchObject({ still: false });
      await agent.remove();
      expect(await shell.run(ARE_ACTIVE)).toBe('active active ');
    } finally {
      session.close();
    }
    expect(await shell.traces()).toBe(traces);
    expect(await shell.run('systemctl list-units --all --no-legend "fleetlift-*"')).toBe('');
  });
});

describe('an incremental server with a database', () => {
  it('is synced, then waits for its cutover while it is written to', async () => {
    const { exitCode, result } = await fleetlift.migrate(file);
    expect(exitCode).toBe(4);
    expect(onlyServer(result)).toMatchObject({ status: 'Waiting', error: null });
    await database.write();
    await shell.run(`btrfs subvolume delete /srv/data/monday && ${takeSnapshot('tuesday')}`);
    expect((await fleetlift.run('sync-now', 'lab3')).stdout).toContain('lab3 sends a delta now');
    const { sync } = await serverWhen(({ status, sync: now }) => status === 'Waiting' && now?.passes === 2);
    expect(sync?.syncedAt).toBeDefined();
    const { stdout } = await fleetlift.run('status');
    expect(stdout).toContain('fleetlift cutover lab3');
  });

  it('has its services again where the cutover fails, and waits on', async () => {
    await shell.run('mv /boot/grub/grub.cfg /boot/grub/kept && mkdir /boot/grub/grub.cfg');
    expect((await fleetlift.run('cutover', 'lab3')).stdout).toContain('lab3 is cut over: services stop');
    const failed = await serverWhen(({ status, error }) => status === 'Waiting' && error !== null);
    expect(failed.error).toMatchObject({ code: 'E-IMAGE-TREE', step: 'image' });
    expect(failed.cutover).toMatchObject({ services: 'started again' });
    expect(await shell.run(ARE_ACTIVE)).toBe('active active ');
    expect((await fleetlift.run('status')).stdout).toContain('fleetlift cutover lab3');
    await shell.run('rmdir /boot/grub/grub.cfg && mv /boot/grub/kept /boot/grub/grub.cfg');
  });

  it('arrives with every row that was committed before its services stopped', async () => {
    await database.write();
    expect((await fleetlift.run('cutover', 'lab3')).exitCode).toBe(0);
    const { exitCode, result } = await fleetlift.migrate(file);
    expect(exitCode).toBe(0);
    const { cutover, status } = onlyServer(result);
    expect(status).toBe('Finished');
    await database.expectEveryRow(onlyServer(result));
    expect(onlyServer(result).verify?.commands[1]).toMatchObject({ exitCode: 0, output: 'tuesday\n' });
    expect(cutover).toMatchObject({ services: 'left stopped' });
    expect(cutover?.downSeconds).toBeGreaterThan(0);
    expect((await fleetlift.run('report')).stdout).toContain('services down for');
  });

  it('leaves its services stopped, and nothing else', async () => {
    expect(await shell.run(`${ARE_ACTIVE} || true`)).toBe('inactive inactive ');
    expect(await shell.run('systemctl list-units --all --no-legend "fleetlift-*"')).toBe('');
    await database.forget();
    expect(await shell.traces()).toBe(traces);
  });
});
