import { describe, expect, it } from 'vitest';
import { onlyServer } from './inventory.js';
import { expectEqual, fillInPass, FULL, onSmallDisk, withServers } from './smallDisks.js';

withServers(1);

describe.each([
  { name: 'watched', what: 'but for 64 MiB, which the watch sees', leaveBytes: 64 << 20 },
  { name: 'lost', what: 'to the last byte, so that bytes are lost', leaveBytes: 0 },
])("the relay's disk filled in the middle of a pass $what", ({ name, leaveBytes }) => {
  const one = onSmallDisk(name, false);

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
