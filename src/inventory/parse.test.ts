import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { problemsOf, parsed } from './testing.js';

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/inventory/${name}`, import.meta.url), 'utf8');

test('the example of the contract is read in full', () => {
  const fleet = parsed(fixture('contract.yaml'));
  expect(fleet).toEqual({
    name: 'dc1-exit',
    defaults: {
      ssh: {
        user: 'root',
        port: 22,
        identityFile: '~/.ssh/id_ed25519',
        knownHosts: '~/.ssh/known_hosts',
        jump: null,
        passwordEnv: null,
        sudo: false,
      },
      sync: {
        mode: 'once',
        everyMs: 900_000,
        network: 'direct',
        rateMbps: null,
        compression: 'auto',
        excludes: { system: ['/var/tmp/'], disk1: ['/scratch/'] },
        quiesce: [],
        afterCutover: 'leave-stopped',
        snapshot: 'auto',
        seed: 'auto',
      },
      image: { format: 'qcow2', name: null, disks: {} },
      verify: { checksum: true, boot: ['bios'], commands: [], ports: [] },
      retry: { maximumAttempts: 5, initialIntervalMs: 10_000 },
      validDays: 30,
    },
    limits: { concurrency: 10, rateMbps: null },
    relays: [{ name: 'local', address: '10.0.0.5', port: 8703, dir: '/var/lib/fleetlift', slots: 4 }],
    waves: [
      {
        name: 'canary',
        servers: ['web1'],
        approval: false,
        concurrency: null,
        maxFailures: null,
        window: null,
      },
      {
        name: 'rest',
        servers: ['web2', 'db1'],
        approval: true,
        concurrency: 5,
        maxFailures: 0,
        window: { from: '22:00', to: '06:00', timezone: 'Asia/Shanghai' },
      },
    ],
    servers: [
      { name: 'web1', host: '10.0.1.11', tags: ['web'], dependsOn: [], notWith: [], overrides: {} },
      { name: 'web2', host: '10.0.1.12', tags: ['web'], dependsOn: ['db1'], notWith: [], overrides: {} },
      { name: 'db1', host: '10.0.1.21', tags: ['db'], dependsOn: [], notWith: ['web1'], overrides: {} },
    ],
  });
});

test('the example of the contract is right as it stands', () => {
  expect(problemsOf(fixture('contract.yaml'))).toEqual([]);
});

test('all errors of a file are told at once, in the order of its lines', async () => {
  const lines = problemsOf(fixture('broken.yaml'), { env: { SECRET: 'hunter2' } });
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../test/fixtures/inventory/broken.txt');
  expect(lines.join('\n')).not.toContain('hunter2');
});

test('a file that says the least gets every default', () => {
  const fleet = parsed('version: 1\nname: a\nservers: [{name: s1, host: h1}, {name: s2, host: h2}]\n');
  expect(fleet.relays).toEqual([{ name: 'local', address: null, port: 8703, dir: null, slots: 4 }]);
  expect(fleet.waves.map(({ name, servers }) => [name, servers])).toEqual([['all', ['s1', 's2']]]);
  expect(fleet.limits).toEqual({ concurrency: 10, rateMbps: null });
  expect(fleet.defaults.ssh).toEqual({});
  expect(fleet.defaults.validDays).toBe(30);
  expect(fleet.servers[0]?.overrides).toEqual({});
});

test('sections that are written but left empty count as absent', () => {
  const text =
    'version: 1\nname: a\ndefaults:\n  ssh:\n  sync:\nwaves:\nrelays:\nservers: [{name: s, host: h, tags: }]\n';
  const fleet = parsed(text);
  expect(fleet.waves).toHaveLength(1);
  expect(fleet.servers[0]?.tags).toEqual([]);
});

test('what is encrypted may arrive unencrypted only where the file says so', () => {
  const text = (own: string) => `version: 1\nname: a\nservers: [{name: s, host: h${own}}]\n`;
  expect(parsed(text('')).defaults.sync.luks).toBeUndefined();
  expect(parsed(text(', sync: {luks: plain}')).servers[0]?.overrides).toEqual({ sync: { luks: 'plain' } });
  expect(problemsOf(text(', sync: {luks: true}'))).toEqual([
    'f.yaml:3:43  sync.luks of server "s" must be one of refuse, plain, not "true".',
  ]);
});

test('a percentage of failures is one of the servers of its wave, rounded down', () => {
  const servers = Array.from({ length: 19 }, (_, index) => `{name: s${index}, host: h${index}, tags: [t]}`);
  const text = `version: 1\nname: a\nwaves: [{name: w, tags: [t], maxFailures: 10%}]\nservers: [${servers.join()}]\n`;
  expect(parsed(text).waves[0]?.maxFailures).toBe(1);
});

test('a thousand servers with settings of their own are read in under two seconds', () => {
  const servers = Array.from(
    { length: 1000 },
    (_, index) =>
      `  - name: s${index}\n    host: 10.1.${Math.floor(index / 250)}.${(index % 250) + 1}\n` +
      `    tags: [web, "r${index % 7}"]\n    ssh: {user: root, port: 22}\n    verify: {ports: [80, 443]}\n`,
  );
  const text = `version: 1\nname: a\nwaves: [{name: w, tags: [web]}]\nservers:\n${servers.join('')}`;
  const started = performance.now();
  expect(parsed(text).waves[0]?.servers).toHaveLength(1000);
  expect(performance.now() - started).toBeLessThan(2000);
});

test('a fleet that Temporal could not carry is refused', () => {
  const servers = Array.from(
    { length: 200 },
    (_, index) => `  - {name: s${index}, host: h${index}, verify: *v}\n`,
  );
  const text =
    `version: 1\nname: a\ndefaults:\n  verify: &v {commands: ["true ${'x'.repeat(9000)}"]}\n` +
    `servers:\n${servers.join('')}`;
  expect(problemsOf(text)).toEqual([
    expect.stringMatching(/^f\.yaml {2}the fleet takes 18\d{5} bytes, and Temporal carries 1500000\. Move /),
  ]);
});
