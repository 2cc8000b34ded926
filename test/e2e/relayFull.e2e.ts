import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labDown, labUp, powerOff, powerOn } from '../../lab/lab.js';
import { SmallDisk } from '../support/smallDisk.js';
import { unexplainedDifferences } from './compareWithSource.js';
import { Fleetlift } from './fleetlift.js';
import { onlyServer, transferOnly, writeInventory } from './inventory.js';
import { labRelay, untilLargeFileHas } from './largeFile.js';

/** Slow enough that the disk is full long before the large file has come. */
const RATE_MBIT = 200;
/** Room for one migration of lab1. */
const DISK_BYTES = 6 * 2 ** 30;
/** Bytes of the large file on the relay when the disk is filled. */
const FILL_AT = 40 << 20;

beforeAll(async () => {
  await labDown();
  await labUp({ servers: 1, rateMbit: RATE_MBIT });
});

afterAll(() => labDown());

describe.each([
  { name: 'watched', title: 'all but 64 MiB, which the watch sees', leaveBytes: 64 << 20 },
  { name: 'lost', title: 'to the last byte at once, so that received bytes are lost', leaveBytes: 0 },
])('the disk of relay and service filled in the middle of a pass: $title', ({ name, leaveBytes }) => {
  let disk: SmallDisk;
  let fleetlift: Fleetlift;
  let inventory: string;

  beforeAll(async () => {
    await powerOn('lab1');
    disk = await SmallDisk.make(DISK_BYTES);
    const stateDir = join(disk.path, 'state');
    await mkdir(stateDir, { mode: 0o700 });
    fleetlift = Fleetlift.in(stateDir);
    inventory = await writeInventory(stateDir, name, transferOnly);
  });

  afterAll(async () => {
    await disk.empty();
    try {
      await fleetlift.giveUp();
    } finally {
      await fleetlift.dispose();
      await disk.dispose();
    }
  });

  it('is told with its remedy, and nothing is called verified', async () => {
    expect((await fleetlift.run('migrate', inventory, '--detach')).exitCode).toBe(0);
    await untilLargeFileHas(labRelay(fleetlift.stateDir), name, FILL_AT);
    await disk.fill(leaveBytes);

    const { exitCode, result } = await fleetlift.migrate(inventory);
    expect(exitCode).toBe(3);
    const full = {
      status: 'InError',
      step: 'sync',
      error: { code: 'E-RELAY-FULL' },
      verify: null,
      images: [],
    };
    expect(onlyServer(result)).toMatchObject(full);
    expect(await fleetlift.servers()).toMatchObject([full]);
    const { stdout } = await fleetlift.run('status');
    expect(stdout).toContain('E-RELAY-FULL');
    expect(stdout).toContain('fleetlift retry lab1');
  });

  it('is finished and equal once there is room and it is retried', async () => {
    await disk.empty();
    expect(await fleetlift.run('retry', 'lab1')).toMatchObject({ exitCode: 0 });
    const { exitCode, result } = await fleetlift.migrate(inventory);
    expect(exitCode).toBe(0);
    const server = onlyServer(result);
    expect(server).toMatchObject({ status: 'Finished', verify: { checksum: { differences: 0 } } });
    await powerOff('lab1');
    expect(await unexplainedDifferences(fleetlift.stateDir, server)).toEqual([]);
  });
});
