import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labDown, labUp, powerOff, powerOn } from '../../lab/lab.js';
import type { ServerResult } from '../../src/model/job.js';
import { Fleetlift } from '../e2e/fleetlift.js';
import { serverOf, writeInventory } from '../e2e/inventory.js';

const SERVERS = 10;
const OFF = 'lab7';

let fleetlift: Fleetlift;
let inventory: string;

beforeAll(async () => {
  await labDown();
  await labUp({ servers: SERVERS });
  fleetlift = await Fleetlift.inNewFolder();
  inventory = await writeInventory(fleetlift.stateDir, 'ten', (document) => {
    document.delete('waves');
    document.set('limits', { concurrency: SERVERS });
    document.setIn(['relays', 0, 'slots'], SERVERS);
    document.setIn(['defaults', 'retry'], { maximumAttempts: 2, initialInterval: '1s' });
  });
});

afterAll(async () => {
  await fleetlift.dispose();
  await labDown();
});

const isGood = (server: ServerResult): boolean =>
  server.status === 'Finished' &&
  server.verify?.checksum?.differences === 0 &&
  server.verify.boot.length > 0 &&
  server.verify.boot.every(({ booted }) => booted);

describe('ten servers at once', () => {
  it('finishes nine while one is off, and says what to do about that one', async () => {
    await powerOff(OFF);
    const { exitCode, result } = await fleetlift.migrate(inventory);
    const good = result.servers.filter(isGood).map(({ name }) => name);
    expect(good).toHaveLength(SERVERS - 1);
    expect(good).not.toContain(OFF);
    const off = serverOf(result.servers, OFF);
    expect(off).toMatchObject({ status: 'InError', step: 'preflight', error: { code: 'E-SSH-CONNECT' } });
    expect(off.error?.remedy).not.toBe('');
    expect(exitCode).toBe(3);
    console.log(`nine of ten servers in ${result.seconds} s`);
  });

  it('finishes the tenth when it is on again and retried', async () => {
    await powerOn(OFF);
    const retried = await fleetlift.run('retry', OFF);
    expect(retried.exitCode).toBe(0);
    const { exitCode, result } = await fleetlift.migrate(inventory);
    expect(result.servers.filter(isGood)).toHaveLength(SERVERS);
    expect(result.outcome).toBe('finished');
    expect(exitCode).toBe(0);
    const jobs = result.servers.map(({ job }) => job);
    expect(new Set(jobs).size).toBe(SERVERS);
  });
});
