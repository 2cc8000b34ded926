import { describe, expect, it } from 'vitest';
import { onlyServer } from '../e2e/inventory.js';
import { expectEqual, fillInPass, FULL, onSmallDisk, withServers } from '../e2e/smallDisks.js';

withServers(1);

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
