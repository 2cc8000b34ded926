/** Migrations whose relay, and perhaps the service's own state, lie on a disk that is filled on the way. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
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
/** Room for one migration of a lab server. */
const DISK_BYTES = 6 * 2 ** 30;
/** Bytes of the large file on the relay when the disk is filled. */
const FILL_AT = 40 << 20;

/** One lab server for the tests of a file, or several. */
export function withServers(servers: number): void {
  beforeAll(async () => {
    await labDown();
    await labUp({ servers, rateMbit: RATE_MBIT });
  });
  afterAll(() => labDown());
}

/** A small disk with the relay's folder on it; the service's own state lies there too, as by default, or elsewhere. */
export function onSmallDisk(name: string, stateToo: boolean) {
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
      // One wave with every server.
      document.delete('waves');
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
export async function fillInPass(
  { disk, fleetlift, relay, inventory }: ReturnType<typeof onSmallDisk>,
  name: string,
  leaveBytes: number,
): Promise<void> {
  expect((await fleetlift.run('migrate', inventory, '--detach')).exitCode).toBe(0);
  await untilLargeFileHas(relay, name, FILL_AT);
  await disk.fill(leaveBytes);
}

/** Everything of the source is in the image, but for the fixed list. */
export async function expectEqual(fleetlift: Fleetlift, result: MigrationResult): Promise<void> {
  const server = onlyServer(result);
  expect(server).toMatchObject({ status: 'Finished', verify: { checksum: { differences: 0 } } });
  await powerOff('lab1');
  expect(await unexplainedDifferences(fleetlift.stateDir, server)).toEqual([]);
}

/** How a server stands whose relay had no room for it. */
export const FULL = {
  status: 'InError',
  step: 'sync',
  error: { code: 'E-RELAY-FULL' },
  verify: null,
  images: [],
};
