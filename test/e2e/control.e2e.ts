import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '../../activities/support/poll.js';
import { labDown, labUp } from '../../lab/lab.js';
import type { LabServer } from '../../lab/servers.js';
import { jobPaths } from '../../src/relay/paths.js';
import { linkBytes, linkBytesWithin } from './cable.js';
import { closeLab } from './closeLab.js';
import { Fleetlift } from './fleetlift.js';
import { ALL_BUT_LARGE_EXCLUDES, onlyServer, transferOnly, writeInventory } from './inventory.js';
import { LabShell } from './labShell.js';
import { labRelay, untilLargeFileHas } from './largeFile.js';

/** So slow that the large file's incompressible half takes some ten seconds. */
const RATE_MBIT = 120;
/** Promised to the operator: a transfer stops within this time. */
const PAUSE_MS = 10_000;
/** What goes over the cable while nothing is sent: keep-alives, a look at the agent. */
const SILENCE_BYTES = 200_000;
const SILENCE_MS = 3_000;
const CAP_MBPS = 8;
/** A cap that is changed in flight holds after this long at the latest, on a busy machine too. */
const TAKES_EFFECT_MS = 15_000;
/** Long beside the megabytes that ssh lets through at a time: its window opens by half of itself. */
const MEASURED_MS = 30_000;

let fleetlift: Fleetlift;
let server: LabServer;

beforeAll(async () => {
  await labDown();
  const [first] = await labUp({ servers: 1, rateMbit: RATE_MBIT });
  if (first === undefined) throw new Error('a lab of one server has none');
  server = first;
  fleetlift = await Fleetlift.inNewFolder();
});

afterAll(() => closeLab(fleetlift));

const pathsOf = (migration: string) =>
  jobPaths(labRelay(fleetlift.stateDir), { migration, server: 'lab1', number: 1 });

async function start(migration: string, rateMbps: number | null = null): Promise<string> {
  const file = await writeInventory(fleetlift.stateDir, migration, (document) => {
    transferOnly(document);
    document.setIn(['servers', 0, 'image'], { name: migration });
    document.setIn(['defaults', 'sync'], { rateMbps, excludes: ALL_BUT_LARGE_EXCLUDES });
  });
  expect(await fleetlift.run('migrate', file, '--detach')).toMatchObject({ exitCode: 0 });
  return file;
}

const megabitsWithin = async (ms: number): Promise<number> => ((await linkBytesWithin(ms)) * 8) / 1e3 / ms;

describe('an operator', () => {
  it('pauses in the middle of a large file, and it goes on there', async () => {
    const file = await start('paused');
    await untilLargeFileHas(labRelay(fleetlift.stateDir), 'paused', 30 << 20);
    const before = await linkBytes();
    const askedMs = performance.now();
    expect((await fleetlift.run('pause', 'lab1')).stdout).toContain('lab1 stops its transfer within seconds');
    await pollUntil(200, AbortSignal.timeout(60_000), async () =>
      (await fleetlift.servers())[0]?.status === 'Stopped' ? true : null,
    );
    const stoppedMs = performance.now() - askedMs;
    expect(await linkBytesWithin(SILENCE_MS)).toBeLessThan(SILENCE_BYTES);
    expect(stoppedMs).toBeLessThan(PAUSE_MS);

    const waiting = await fleetlift.migrate(file);
    expect(waiting.exitCode).toBe(4);
    expect(onlyServer(waiting.result)).toMatchObject({ status: 'Stopped', step: 'sync' });
    expect((await fleetlift.run('resume', 'lab1')).stdout).toContain('lab1 goes on where it stopped');
    const following = fleetlift.run('logs', 'lab1', '--migration', 'paused', '--follow');
    const { exitCode, result } = await fleetlift.migrate(file);
    expect(exitCode).toBe(0);
    const followed = await following;
    expect(followed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(followed.stdout).toContain('==> log/rsyncd.log <==');
    // Began with the last lines of what was there, and went on with what the last pass left.
    expect(followed.stdout.match(/connect from/g)?.length).toBeGreaterThan(1);
    const sent = (await linkBytes()) - before;
    const wire = onlyServer(result).sync?.wireBytes ?? 0;
    console.log(
      `stopped after ${(stoppedMs / 1000).toFixed(1)} s; ${wire} wire bytes, ${sent} of them since`,
    );
    // Much had come before the pause, and it is not sent again.
    expect(sent).toBeLessThan(wire);
  });

  it('changes a cap in flight by editing the inventory', async () => {
    await start('capped');
    await untilLargeFileHas(labRelay(fleetlift.stateDir), 'capped', 10 << 20);
    await start('capped', CAP_MBPS);
    // What waits in the pipe under the old cap comes first.
    await pollUntil(100, AbortSignal.timeout(TAKES_EFFECT_MS), async () =>
      (await megabitsWithin(2_000)) < CAP_MBPS * 1.15 ? true : null,
    );
    const megabits = await megabitsWithin(MEASURED_MS);
    console.log(`${megabits.toFixed(1)} Mbit/s under a cap of ${CAP_MBPS}`);
    expect(megabits).toBeLessThan(CAP_MBPS * 1.15);
    expect(megabits).toBeGreaterThan(CAP_MBPS * 0.85);
  });

  it('cannot delete what runs, and cancels it without a trace', async () => {
    const refused = await fleetlift.run('delete', 'lab1', '--migration', 'capped');
    expect(refused.exitCode).toBe(2);
    expect(refused.stdout + refused.stderr).toContain('Possible: pause, cancel');
    expect(await fleetlift.run('cancel', 'lab1', '--migration', 'capped')).toMatchObject({ exitCode: 0 });
    await pollUntil(200, AbortSignal.timeout(60_000), async () => {
      const { stdout } = await fleetlift.run('jobs', 'list', '--state', 'Cancelled', '--json');
      return stdout.includes('job/capped/lab1/1') ? true : null;
    });
    expect(await new LabShell(server).run('ls -A /var/lib/fleetlift 2>/dev/null | wc -l')).toBe('0');
    expect(existsSync(pathsOf('capped').disks)).toBe(false);
  });

  it('deletes a finished job with its images, but only when that is said', async () => {
    const { images } = pathsOf('paused');
    expect(existsSync(images)).toBe(true);
    const refused = await fleetlift.run('jobs', 'delete', 'job/paused/lab1/1');
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain('--yes');
    const deleted = await fleetlift.run('jobs', 'delete', 'job/paused/lab1/1', '--yes');
    expect(deleted).toMatchObject({ exitCode: 0 });
    expect(existsSync(images)).toBe(false);
    expect(await fleetlift.run('sources', 'delete', 'lab1')).toMatchObject({ exitCode: 0 });
    const { stdout } = await fleetlift.run('sources', 'list', '--json');
    expect(JSON.parse(stdout)).toEqual({ sources: [] });
  });
});
