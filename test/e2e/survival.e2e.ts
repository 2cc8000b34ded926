import { mkdir, mkdtemp, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { pollUntil } from '../../activities/support/poll.js';
import { labDown, labUp, powerOff } from '../../lab/lab.js';
import { DEFAULT_STATE_DIR, PROJECT_DIR } from '../../lab/paths.js';
import { RELAY_ADDRESS } from '../../lab/servers.js';
import { inventoryFile } from '../../lab/state.js';
import type { MigrationResult, ServerResult } from '../../src/model/job.js';
import { jobPaths, mountPoint } from '../../src/relay/paths.js';
import { readTemporalRecord } from '../../src/service/records.js';
import { stateLayout } from '../../src/state/layout.js';
import { unexplainedDifferences } from './compareWithSource.js';
import { Fleetlift } from './fleetlift.js';

/** So slow that the large file (160 MiB of it incompressible) takes some twenty seconds. */
const RATE_MBIT = 60;
/** Bytes of the large file on the relay at which something is killed. */
const KILL_AT = { migrate: 15 << 20, service: 50 << 20, temporal: 95 << 20 };
const LARGE_FILE = 'srv/large/disk-dump.bin';
const LARGE_FILE_BYTES = 320 << 20;
/** A relay's disk that has room for one migration of lab1. */
const RELAY_DISK_BYTES = 6 * 2 ** 30;
const ALLOWED_MORE = 1.05;

let fleetlift: Fleetlift;
let undisturbed: { wireBytes: number; linkBytes: number };

beforeAll(async () => {
  await labDown();
  await labUp({ servers: 1, rateMbit: RATE_MBIT });
  fleetlift = await Fleetlift.inNewFolder();
});

afterAll(async () => {
  await fleetlift.dispose();
  await labDown();
});

/** The lab's inventory under a name of its own, without boots. */
async function inventory(name: string, relayDir?: string): Promise<string> {
  const document = parseDocument(await readFile(inventoryFile(DEFAULT_STATE_DIR), 'utf8'));
  document.set('name', name);
  document.setIn(['defaults', 'verify'], { checksum: true, boot: [] });
  document.setIn(['servers', 0, 'image'], { name });
  if (relayDir !== undefined) document.setIn(['relays', 0, 'dir'], relayDir);
  const file = join(fleetlift.stateDir, `${name}.yaml`);
  await writeFile(file, document.toString());
  return file;
}

function only(result: MigrationResult): ServerResult {
  const [server] = result.servers;
  if (server === undefined) throw new Error('the result has no server');
  return server;
}

/** What the server has sent over its cable since it was laid. */
async function linkBytes(): Promise<number> {
  return Number(await readFile('/sys/class/net/fl-lab1/statistics/rx_bytes', 'utf8'));
}

/** Waits until the large file has so many bytes on the relay, and is not whole. */
async function untilLargeFileHas(migration: string, bytes: number): Promise<void> {
  const job = { migration, server: 'lab1', number: 1 };
  const paths = jobPaths(
    { name: 'local', dir: join(fleetlift.stateDir, 'relay'), port: 8703, address: RELAY_ADDRESS },
    job,
  );
  const size = await pollUntil(20, AbortSignal.timeout(180_000), async () => {
    const [holder = ''] = (
      await readFile(join(paths.work, 'replica.namespace'), 'utf8').catch(() => '')
    ).split(' ');
    const file = join(`/proc/${holder}/root`, mountPoint(paths, 'fs0'), LARGE_FILE);
    const { size: now } = await stat(file).catch(() => ({ size: 0 }));
    return now >= bytes ? now : null;
  });
  expect(size).toBeLessThan(LARGE_FILE_BYTES);
}

describe('what is killed in the middle of a file', () => {
  it('is measured against an undisturbed run', async () => {
    const before = await linkBytes();
    const { exitCode, result } = await fleetlift.migrate(await inventory('undisturbed'));
    expect(exitCode).toBe(0);
    undisturbed = { wireBytes: only(result).sync?.wireBytes ?? 0, linkBytes: (await linkBytes()) - before };
    expect(undisturbed.wireBytes).toBeGreaterThan(LARGE_FILE_BYTES / 2);
  });

  it('goes on after kill -9 of migrate, of the service and of Temporal, and sends nothing twice', async () => {
    const before = await linkBytes();
    const file = await inventory('killed');
    const again = async (): Promise<void> => {
      expect((await fleetlift.run('migrate', file, '--detach')).exitCode).toBe(0);
    };
    const migrate = execa(
      join(PROJECT_DIR, 'bin', 'fleetlift'),
      ['--state-dir', fleetlift.stateDir, 'migrate', file],
      { reject: false, stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
    );
    await untilLargeFileHas('killed', KILL_AT.migrate);
    migrate.kill('SIGKILL');
    expect((await migrate).signal).toBe('SIGKILL');
    await again();

    await untilLargeFileHas('killed', KILL_AT.service);
    process.kill(fleetlift.servicePid(), 'SIGKILL');
    await again();

    await untilLargeFileHas('killed', KILL_AT.temporal);
    const temporal = readTemporalRecord(stateLayout(fleetlift.stateDir));
    if (temporal === null) throw new Error('Temporal does not run');
    process.kill(temporal.pid, 'SIGKILL');

    const { exitCode, result } = await fleetlift.migrate(file);
    expect(exitCode).toBe(0);
    const wire = (only(result).sync?.wireBytes ?? Infinity) / undisturbed.wireBytes;
    const link = ((await linkBytes()) - before) / undisturbed.linkBytes;
    console.log(`wire bytes ${wire.toFixed(3)}, bytes on the cable ${link.toFixed(3)} of an undisturbed run`);
    expect(wire).toBeLessThan(ALLOWED_MORE);
    expect(link).toBeLessThan(ALLOWED_MORE);
  });
});

describe('a relay whose disk is filled in the middle of a pass', () => {
  let folder: string;
  let disk: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleetlift-relay-disk-'));
    disk = join(folder, 'disk');
    await mkdir(disk);
    const image = join(folder, 'disk.raw');
    await execa('truncate', ['-s', String(RELAY_DISK_BYTES), image]);
    await execa('mkfs.ext4', ['-q', '-m', '0', image]);
    await execa('mount', ['-o', 'loop', image, disk]);
  });

  /** All but a little at once, the rest until nothing fits any more. */
  async function fill(): Promise<void> {
    const { bavail, bsize } = await statfs(disk);
    await execa('fallocate', ['-l', String(Math.floor(bavail * bsize * 0.97)), join(disk, 'ballast')]);
    const rest = await execa('dd', ['if=/dev/zero', `of=${join(disk, 'ballast.rest')}`, 'bs=1M'], {
      reject: false,
    });
    expect(rest.stderr).toContain('No space left');
  }

  afterAll(async () => {
    // What did not finish still holds its replica.
    await fleetlift.run('cancel', 'lab1', '--migration', 'full');
    await pollUntil(200, AbortSignal.timeout(60_000), async () => {
      const { exitCode } = await execa('umount', [disk], { reject: false });
      return exitCode === 0 ? true : null;
    });
    await rm(folder, { recursive: true });
  });

  it('is told as such, and nothing is called verified', async () => {
    const file = await inventory('full', disk);
    expect((await fleetlift.run('migrate', file, '--detach')).exitCode).toBe(0);
    await pollUntil(200, AbortSignal.timeout(120_000), async () => {
      const { bfree, bsize } = await statfs(disk);
      return RELAY_DISK_BYTES - bfree * bsize > 500e6 ? true : null;
    });
    await fill();

    const { exitCode, result } = await fleetlift.migrate(file);
    expect(exitCode).toBe(3);
    expect(only(result)).toMatchObject({ status: 'InError', step: 'sync', error: { code: 'E-RELAY-FULL' } });
    expect(only(result).verify).toBeNull();
    expect(only(result).images).toEqual([]);
  });

  it('is finished and equal once there is room and it is retried', async () => {
    await rm(join(disk, 'ballast'));
    await rm(join(disk, 'ballast.rest'));
    const retried = await fleetlift.run('retry', 'lab1', '--migration', 'full');
    expect(retried).toMatchObject({ exitCode: 0 });
    const { exitCode, result } = await fleetlift.migrate(await inventory('full', disk));
    expect(exitCode).toBe(0);
    expect(only(result)).toMatchObject({ status: 'Finished', verify: { checksum: { differences: 0 } } });
    await powerOff('lab1');
    expect(await unexplainedDifferences(fleetlift.stateDir, only(result))).toEqual([]);
  });
});
