import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { relayFigures } from './figures.js';
import { knownFolders, rememberFolder } from './folders.js';
import { jobPaths } from './paths.js';
import { connectionsFolder, writeConnection } from './receiver/connections.js';
import { writeLedger } from './space/ledger.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fleetlift-figures-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const context = (dir: string) => ({ name: 'local', dir, port: 0, address: '0.0.0.0' });

/** A job that has reserved room, and what its receivers have counted. */
async function jobIn(dir: string, server: string, wire: readonly number[]): Promise<string> {
  const paths = jobPaths(context(dir), { migration: 'm', server, number: 2 });
  await mkdir(paths.disks, { recursive: true });
  await writeFile(join(paths.disks, 'system.raw'), Buffer.alloc(8192, 1));
  if (wire.length > 0) await mkdir(connectionsFolder(paths.receiver), { recursive: true });
  for (const [pid, wireBytes] of wire.entries()) {
    await writeConnection(paths.receiver, { pid: pid + 2, startTicks: '1', wireBytes });
  }
  return paths.job;
}

it('are what lies on the disk, also of connections that have ended, and make no folder', async () => {
  const [web, db] = [await jobIn(root, 'web1', [100, 23]), await jobIn(root, 'db1', [])];
  await writeLedger(root, { [web]: 8192, [db]: 8192 });
  const { relay, jobs, freeBytes, capacityBytes } = await relayFigures({ name: 'local', dir: root })();
  expect(relay).toBe('local');
  expect(jobs).toEqual([
    { job: { migration: 'm', server: 'web1', number: 2 }, logicalBytes: 8192, wireBytes: 123 },
    { job: { migration: 'm', server: 'db1', number: 2 }, logicalBytes: 8192, wireBytes: 0 },
  ]);
  expect(freeBytes).toBeGreaterThan(0);
  expect(capacityBytes).toBeGreaterThan(freeBytes);
  expect(existsSync(join(db, 'receiver'))).toBe(false);
});

it('see what comes after they were read', async () => {
  const folder = await jobIn(root, 'web1', [100]);
  await writeLedger(root, { [folder]: 8192 });
  const connections = connectionsFolder(join(folder, 'receiver'));
  const read = relayFigures({ name: 'local', dir: root });
  const wire = async () => (await read()).jobs.map(({ wireBytes }) => wireBytes);
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(connections, longAgo, longAgo);
  expect([await wire(), await wire()]).toEqual([[100], [100]]);
  await writeConnection(join(folder, 'receiver'), { pid: 9, startTicks: '1', wireBytes: 5 });
  expect(await wire()).toEqual([105]);
  await writeConnection(join(folder, 'receiver'), { pid: 9, startTicks: '1', wireBytes: 6 });
  expect(await wire()).toEqual([106]);
});

it('have no more of a job that has given its room back, and take off what is promised', async () => {
  const web = await jobIn(root, 'web1', [100]);
  const before = await relayFigures({ name: 'local', dir: root })();
  expect(before.jobs).toEqual([]);
  await writeLedger(root, { [web]: before.freeBytes * 2 });
  expect((await relayFigures({ name: 'local', dir: root })()).freeBytes).toBe(0);
});

it('cover folders that an inventory names, as long as they are there', async () => {
  const [home, other, gone] = [join(root, 'home'), join(root, 'other'), join(root, 'gone')];
  expect(await knownFolders(home)).toEqual([home]);
  await mkdir(other);
  for (const folder of [other, gone, other]) await rememberFolder(home, folder);
  expect(await knownFolders(home)).toEqual([other]);
  await writeLedger(other, { [await jobIn(other, 'web1', [7])]: 1 });
  expect((await relayFigures({ name: 'local', dir: home })()).jobs).toMatchObject([{ wireBytes: 7 }]);
});
