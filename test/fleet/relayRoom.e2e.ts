import { expect, it } from 'vitest';
import { pollUntil } from '../../activities/support/poll.js';
import type { ServerSummary } from '../../src/model/messages.js';
import { onSmallDisk, withServers } from '../e2e/smallDisks.js';

withServers(2);
const one = onSmallDisk('room', false);

/** Too little for any lab server, and enough for either of them, also beside the other's image. */
const TOO_LITTLE_BYTES = 2 ** 30;
const ENOUGH_BYTES = 4900 * 2 ** 20;
const REASON = /^waits for room on relay local: needs \d\.\d GiB, \d\.\d GiB free in \/.+$/;

async function queued(): Promise<ServerSummary[]> {
  const servers = (await one.fleetlift.servers()) as ServerSummary[];
  return servers.filter(({ status, roomBytes }) => status === 'Queued' && roomBytes !== undefined);
}

it('waits for the operator where there is no room for anything, and says what to do', async () => {
  await one.disk.fill(TOO_LITTLE_BYTES);
  const { exitCode, stdout } = await one.fleetlift.run('migrate', one.inventory);
  expect(exitCode).toBe(4);
  expect(stdout).toMatch(/lab1: waits for room .*\n +lab2: waits for room/);
  expect(stdout).toContain('→ free room in the relay’s folder');
  const waiting = await queued();
  expect(waiting.map(({ name }) => name)).toEqual(['lab1', 'lab2']);
  for (const { reason } of waiting) expect(reason).toMatch(REASON);
});

it('migrates both by itself once there is room for one at a time', async () => {
  await one.disk.empty();
  await one.disk.fill(ENOUGH_BYTES);
  expect((await one.fleetlift.run('migrate', one.inventory, '--detach')).exitCode).toBe(0);
  const [left, ...others] = await pollUntil(200, AbortSignal.timeout(120_000), async () => {
    const servers = await queued();
    return servers.some(({ reason }) => reason?.includes('promised to other jobs') === true) ? servers : null;
  });
  expect(others).toEqual([]);
  console.log(`${left?.name ?? ''}: ${left?.reason ?? ''}`);
  const { exitCode, result } = await one.fleetlift.migrate(one.inventory);
  expect(exitCode).toBe(0);
  for (const server of result.servers) {
    expect(server).toMatchObject({
      status: 'Finished',
      error: null,
      verify: { checksum: { differences: 0 } },
    });
  }
});
