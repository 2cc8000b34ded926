import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labDown, labUp, powerOff, powerOn } from '../../lab/lab.js';
import type { MigrationResult } from '../../src/model/job.js';
import type { RelayContext } from '../../src/relay/types.js';
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

/** A small disk with the relay's folder on it; the service's own state lies there too, as by default, or elsewhere. */
function onSmallDisk(name: string, stateToo: boolean) {
  const one = {} as { disk: SmallDisk; fleetlift: Fleetlift; relay: RelayContext; inventory: string };

  beforeAll(async () => {
    await powerOn('lab1');
    one.disk = await SmallDisk.make(DISK_BYTES);
    const folder = join(one.disk.path, 'fleetlift');
    await mkdir(folder, { mode: 0o700 });
    one.fleetlift = stateToo ? Fleetlift.in(folder) : await Fleetlift.inNewFolder();
    one.relay = stateToo ? labRelay(folder) : { ...labRelay(folder), dir: folder };
    one.inventory = await writeInventory(one.fleetlift.stateDir, name, (document) => {
      transferOnly(document);
      document.setIn(['relays', 0, 'dir'], one.relay.dir);
    });
  });

  afterAll(async () => {
    await one.disk.empty();
    try {
      await one.fleetlift.giveUp();
    } finally {
      await one.fleetlift.dispose();
      await one.disk.dispose();
    }
  });
  return one;
}

/** Starts the migration, and fills the disk in the middle of its pass. */
async function fillInPass(
  { disk, fleetlift, relay, inventory }: ReturnType<typeof onSmallDisk>,
  name: string,
  leaveBytes: number,
): Promise<void> {
  expect((await fleetlift.run('migrate', inventory, '--detach')).exitCode).toBe(0);
  await untilLargeFileHas(relay, name, FILL_AT);
  await disk.fill(leaveBytes);
}

async function expectEqual(fleetlift: Fleetlift, result: MigrationResult): Promise<void> {
  const server = onlyServer(result);
  expect(server).toMatchObject({ status: 'Finished', verify: { checksum: { differences: 0 } } });
  await powerOff('lab1');
  expect(await unexplainedDifferences(fleetlift.stateDir, server)).toEqual([]);
}

const FULL = {
  status: 'InError',
  step: 'sync',
  error: { code: 'E-RELAY-FULL' },
  verify: null,
  images: [],
};

describe.each([
  { name: 'watched', what: 'but for 64 MiB, which the watch sees', leaveBytes: 64 << 20, stateToo: true },
  { name: 'lost', what: 'to the last byte, so that bytes are lost', leaveBytes: 0, stateToo: false },
])("the relay's disk filled in the middle of a pass $what", ({ name, leaveBytes, stateToo }) => {
  const one = onSmallDisk(name, stateToo);

  it('is told with its remedy, and nothing is called verified', async () => {
    await fillInPass(one, name, leaveBytes);
    const { exitCode, result } = await one.fleetlift.migrate(one.inventory);
    expect(exitCode).toBe(3);
    expect(onlyServer(result)).toMatchObject(FULL);
    expect(await one.fleetlift.servers()).toMatchObject([FULL]);
    const { stdout } = await one.fleetlift.run('status');
    expect(stdout).toContain('E-RELAY-FULL');
    expect(stdout).toContain('fleetlift retry lab1');
  });

  it('is finished and equal once there is room and it is retried', async () => {
    await one.disk.empty();
    expect(await one.fleetlift.run('retry', 'lab1')).toMatchObject({ exitCode: 0 });
    const { exitCode, result } = await one.fleetlift.migrate(one.inventory);
    expect(exitCode).toBe(0);
    await expectEqual(one.fleetlift, result);
  });
});

describe("the disk of relay and service's own state filled to the last byte", () => {
  const one = onSmallDisk('state', true);

  it('is told by every command that needs Temporal, with its remedy', async () => {
    await fillInPass(one, 'state', 0);
    for (const command of [['migrate', one.inventory], ['status']]) {
      const { exitCode, stderr } = await one.fleetlift.run(...command);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('E-STATE-DIR');
      expect(stderr).toContain(`free space for ${one.fleetlift.stateDir}`);
    }
  });

  it('lets the same command go on once there is room', async () => {
    await one.disk.empty();
    let { exitCode, result } = await one.fleetlift.migrate(one.inventory);
    // Received bytes were lost where the last of them found no room: that waits for its retry, as with any relay.
    if (exitCode === 3) {
      expect(onlyServer(result)).toMatchObject(FULL);
      expect(await one.fleetlift.run('retry', 'lab1')).toMatchObject({ exitCode: 0 });
      ({ exitCode, result } = await one.fleetlift.migrate(one.inventory));
    }
    expect(exitCode).toBe(0);
    await expectEqual(one.fleetlift, result);
  });
});
