import { describe, expect, it } from 'vitest';
import { onlyServer } from './inventory.js';
import { expectEqual, fillInPass, FULL, onSmallDisk, withServers } from './smallDisks.js';

withServers(1);

/** Where a little is left the watch sees it in time: the fault matrix plays that. */
describe("the relay's disk filled to the last byte in the middle of a pass, so that bytes are lost", () => {
  const one = onSmallDisk('lost', false);

  it('is told with its remedy, and nothing is called verified', async () => {
    await fillInPass(one, 'lost', 0);
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
