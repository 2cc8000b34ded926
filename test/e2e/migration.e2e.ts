import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Document } from 'yaml';
import { pollUntil } from '../../activities/support/poll.js';
import { labDown, labUp, powerOff, powerOn } from '../../lab/lab.js';
import type { LabServer } from '../../lab/servers.js';
import { relayQueue } from '../../src/model/job.js';
import { jobPaths } from '../../src/relay/paths.js';
import { receiverStatus } from '../../src/relay/receiver/receiver.js';
import { diffSnapshots, snapshot, type SystemSnapshot } from '../support/snapshot.js';
import { unexplainedDifferences } from './compareWithSource.js';
import { Fleetlift } from './fleetlift.js';
import { serverOf, writeInventory } from './inventory.js';
import { LabShell } from './labShell.js';
import { labRelay } from './largeFile.js';
import { isOurs } from './ours.js';

/** Wire bytes after which the sync of lab1 (920 MB with a file of over 300 MB) is in its middle. */
const MIDDLE_BYTES = 150 << 20;
/** The database of lab3 was filled with this many rows when its system was built. */
const COUNT_ROWS = "runuser -u postgres -- psql -At lab -c 'select count(*) from rows' | grep -qx 1000";

let before: SystemSnapshot;
let servers: LabServer[];
let fleetlift: Fleetlift;
let inventory: string;

beforeAll(async () => {
  before = await snapshot();
  await labDown();
  servers = await labUp({ servers: 3 });
  fleetlift = await Fleetlift.inNewFolder();
  inventory = await writeInventory(fleetlift.stateDir, 'e2e', oneWave);
});

afterAll(async () => {
  await fleetlift.dispose();
  await labDown();
});

function shellOf(name: string): LabShell {
  const server = servers.find((one) => one.name === name);
  if (server === undefined) throw new Error(`the lab has no ${name}`);
  return new LabShell(server);
}

/** One wave, quick to give up, with boots under both firmwares. */
function oneWave(document: Document): void {
  document.delete('waves');
  document.setIn(['defaults', 'verify', 'boot'], ['bios', 'uefi']);
  document.setIn(['defaults', 'retry'], { maximumAttempts: 2, initialInterval: '1s' });
  document.setIn(['servers', 2, 'verify'], { commands: [COUNT_ROWS], ports: [22] });
}

describe('a fleet of real servers', () => {
  it('is refused with every mistake before anything starts', async () => {
    const file = join(fleetlift.stateDir, 'wrong.yaml');
    await writeFile(file, 'version: 1\nname: x\nservers:\n  - {name: a, hots: b}\n');
    const { exitCode, stderr } = await fleetlift.run('migrate', file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${file}:4:`);
    expect(stderr).toContain('Did you mean "host"?');
  });

  it('goes on after kill -9 of the service in the middle of a file, and tells a server that is off', async () => {
    await powerOff('lab2');
    const started = await fleetlift.run('migrate', inventory, '--detach');
    expect(started.exitCode).toBe(0);
    const relay = labRelay(fleetlift.stateDir);
    const job = { migration: 'e2e', server: 'lab1', number: 1 };
    expect(relayQueue(relay.name)).toBe('fleetlift-relay-local');
    await pollUntil(100, AbortSignal.timeout(120_000), async () =>
      (await receiverStatus(relay, job)).wireBytes > MIDDLE_BYTES ? true : null,
    );
    process.kill(fleetlift.servicePid(), 'SIGKILL');

    const going = fleetlift.migrate(inventory);
    const off = await pollUntil(500, AbortSignal.timeout(120_000), async () => {
      // The service that was killed may still be on its way up: then none is known.
      const lab2 = (await fleetlift.servers()).find(({ name }) => name === 'lab2');
      return lab2?.status === 'InError' ? lab2 : null;
    });
    expect(off.error).toMatchObject({ code: 'E-SSH-CONNECT', step: 'preflight' });
    // While the others go on, so that its boots are not waited for by themselves.
    await powerOn('lab2');
    const retried = await fleetlift.run('retry', 'lab2');
    expect(retried.stdout + retried.stderr).toContain('preflight');

    const { exitCode, result } = await going;
    expect(result.servers.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'lab1 Finished',
      'lab2 Finished',
      'lab3 Finished',
    ]);
    expect(exitCode).toBe(0);
    expect(result.outcome).toBe('finished');
    const images = await execa('ls', [jobPaths(relay, job).images]);
    expect(images.stdout).toContain('lab1.qcow2');
  });

  it('shows the result when asked again', async () => {
    const jobs = (await fleetlift.servers()).map(({ job }) => job);
    const again = await fleetlift.migrate(inventory);
    expect(again.exitCode).toBe(0);
    expect(again.result.servers.map(({ job }) => job)).toEqual(jobs);
  });

  it.each(['lab1', 'lab2', 'lab3'])(
    'has booted and checked the image of %s under both firmwares',
    async (name) => {
      const server = serverOf(await fleetlift.servers(), name);
      // The btrfs of lab3 is read from snapshots, in a pass of its own.
      expect(server.sync?.passes).toBe(name === 'lab3' ? 2 : 1);
      expect(server.verify?.boot.map(({ firmware, booted }) => [firmware, booted])).toEqual([
        ['bios', true],
        ['uefi', true],
      ]);
      for (const { log } of server.verify?.boot ?? []) {
        const serial = await readFile(log, 'utf8');
        expect(serial).toContain('GNU GRUB');
        expect(serial).not.toMatch(/Unknown command|error: terminal/);
      }
      expect(server.verify?.checksum).toMatchObject({ differences: 0 });
      expect(server.verify?.checksum?.files).toBeGreaterThan(10_000);
      if (name === 'lab3') expect(server.verify?.commands).toMatchObject([{ exitCode: 0 }]);
    },
  );

  it.each(['lab1', 'lab2', 'lab3'])('holds everything of %s, but for a fixed list', async (name) => {
    const server = serverOf(await fleetlift.servers(), name);
    // What a server does by itself at midnight, which may come before it is off.
    await shellOf(name).run('systemctl start dpkg-db-backup.service logrotate.service');
    await powerOff(name);
    expect(await unexplainedDifferences(fleetlift.stateDir, server)).toEqual([]);
  });

  it('leaves nothing behind but its results', async () => {
    await powerOn('lab1');
    expect(await shellOf('lab1').run('ls -A /var/lib/fleetlift 2>/dev/null | wc -l')).toBe('0');
    await fleetlift.run('down');
    await labDown();
    expect(diffSnapshots(before, await snapshot()).filter(isOurs)).toEqual([]);
  });
});
