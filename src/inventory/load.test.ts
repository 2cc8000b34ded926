import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FleetliftError } from '../errors/FleetliftError.js';
import { describeFleet } from './describe.js';
import { loadFleet } from './load.js';
import { InventoryErrors } from './problems.js';
import { skeleton } from './skeleton.js';
import { parsed } from './testing.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-inventory-'));
});
afterAll(() => rm(folder, { recursive: true }));

const failure = (file: string) =>
  loadFleet(file, {}).then(
    () => null,
    (error: unknown) => error,
  );

test('the example is read with its folder of excludes', async () => {
  const fleet = await loadFleet('inventory/example.yaml', {});
  expect(fleet.defaults.sync.excludes).toEqual({
    system: ['/var/tmp/', '/var/cache/apt/archives/*.deb', '/var/log/journal/', '/var/cache/'],
    disk1: ['+ /scratch/keep/', '/scratch/*'],
  });
  expect(describeFleet(fleet)).toEqual([
    'example: 3 servers, 2 waves, 1 relay, at most 4 at a time',
    'relay local: address of our SSH connection, port 8703, in its own folder, 2 slots',
    'wave canary: 1 server: web1',
    'wave rest: 2 servers: web2, db1 (at most 2 at a time)',
  ]);
});

test('files that cannot be read are told of as errors of the inventory', async () => {
  const file = join(folder, 'a.yaml');
  const missing = await failure(file);
  expect(missing).toBeInstanceOf(InventoryErrors);
  expect(missing).toBeInstanceOf(FleetliftError);
  expect(missing).toMatchObject({
    code: 'E-INVENTORY',
    message: `${file}  there is no such file. Begin one with: fleetlift init ${file}`,
  });
  await mkdir(join(folder, 'dir.yaml'));
  expect(await failure(join(folder, 'dir.yaml'))).toMatchObject({
    message: expect.stringContaining('EISDIR') as string,
  });
  await writeFile(file, Buffer.from('name: caf\xe9\n', 'latin1'));
  expect(await failure(file)).toMatchObject({ message: `${file}  the file is not UTF-8 text.` });
  await writeFile(file, `#${' '.repeat(9 * 1024 * 1024)}`);
  expect(await failure(file)).toMatchObject({ message: `${file}  the file is larger than 8 MiB.` });
});

test('an exclude file that is wrong is named with its folder', async () => {
  const file = join(folder, 'b.yaml');
  await mkdir(join(folder, 'ex'));
  await writeFile(join(folder, 'ex', 'rsync_excludes_linux_disk1.txt'), '/ok\nmerge /etc/shadow\n');
  await writeFile(
    file,
    'version: 1\nname: a\nservers: [{name: s, host: h, sync: {excludesDir: ex}}, {name: t, host: i, x: 1}]\n',
  );
  const error = await failure(file);
  expect(error).toBeInstanceOf(InventoryErrors);
  expect(
    (error as InventoryErrors).errors.map(({ file: where, line, column }) => [where, line, column]),
  ).toEqual([
    [file, 3, 75],
    [join(folder, 'ex', 'rsync_excludes_linux_disk1.txt'), 2, 1],
  ]);
});

test('the skeleton is a valid inventory, also with a name that YAML would take for a number', () => {
  for (const name of ['dc1-exit', '2026', 'true', 'NAME']) {
    const fleet = parsed(skeleton(name));
    expect(fleet.name).toBe(name);
    expect(fleet.waves.map((wave) => wave.servers)).toEqual([['web1'], ['web2', 'db1']]);
  }
  expect(() => skeleton('a/b')).toThrow(FleetliftError);
});

test('what the skeleton shows as comments is valid too', () => {
  const commented =
    /^(\s*)# (identityFile:|passwordEnv:|sudo:|jump:|disk1:|commands:|ports:|relays:|[ ]{2}- \{name: local)/;
  const text = skeleton('all')
    .split('\n')
    .map((line) => line.replace(commented, '$1$2'));
  const fleet = parsed(text.join('\n'));
  expect(fleet.defaults.ssh).toMatchObject({ jump: 'admin@bastion.example.com', sudo: true });
  expect(fleet.relays[0]?.address).toBe('10.0.0.5');
  expect(fleet.defaults.verify.ports).toEqual([80, 443]);
});

test('a description names a few servers of a large wave and the conditions of a wave', () => {
  const servers = Array.from({ length: 10 }, (_, index) => `{name: s${index}, host: h${index}, tags: [t]}`);
  const window = 'window: {from: "22:00", to: "06:00", timezone: UTC}';
  const fleet = parsed(
    `version: 1\nname: a\nwaves: [{name: w, tags: [t], approval: true, maxFailures: 1, ${window}}]\nservers: [${servers.join()}]`,
  );
  expect(describeFleet(fleet).at(-1)).toBe(
    'wave w: 10 servers: s0, s1, s2, s3, s4, s5, s6, s7 and 2 more ' +
      '(after approval, held after 1 failure, 22:00 to 06:00 UTC)',
  );
});
