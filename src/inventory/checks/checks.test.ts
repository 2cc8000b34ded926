import { expect, test } from 'vitest';
import { parsed, problemsOf } from '../testing.js';

const fleet = (servers: readonly string[], rest = '') =>
  `version: 1\nname: a\n${rest}servers:\n${servers.map((server) => `  - {${server}}\n`).join('')}`;

test('a circle of dependencies is told once, with its way', () => {
  const servers = [
    'name: a, host: h1, dependsOn: [b]',
    'name: b, host: h2, dependsOn: [d, c]',
    'name: c, host: h3, dependsOn: [b]',
    'name: d, host: h4',
    'name: e, host: h5, dependsOn: [e]',
  ];
  expect(problemsOf(fleet(servers))).toEqual([
    'f.yaml:5:40  dependsOn goes in a circle: b → c → b.',
    'f.yaml:8:37  dependsOn goes in a circle: e → e.',
  ]);
});

test('ten thousand servers that depend on each other in a row are no problem, and one circle of them is found', () => {
  const row = (last: string) => [
    ...Array.from({ length: 9_999 }, (_, i) => `name: s${i}, host: h${i}, dependsOn: [s${i + 1}]`),
    `name: s9999, host: h9999${last}`,
  ];
  expect(parsed(fleet(row(''))).servers).toHaveLength(10_000);
  expect(problemsOf(fleet(row(', dependsOn: [s0]')))).toHaveLength(1);
}, 15_000);

test('a dependency may be in the same wave or an earlier one, not in a later one', () => {
  const waves = 'waves: [{name: one, servers: [a, b]}, {name: two, tags: [t]}]\n';
  const servers = (dependency: string) => [
    `name: a, host: h1, dependsOn: [${dependency}]`,
    'name: b, host: h2',
    'name: c, host: h3, tags: [t], dependsOn: [a]',
  ];
  expect(problemsOf(fleet(servers('b'), waves))).toEqual([]);
  expect(problemsOf(fleet(servers('c'), waves))).toEqual([
    'f.yaml:5:37  server "a" of wave "one" depends on "c" of the later wave "two". Move "c" to wave "one" or an earlier one.',
    'f.yaml:5:37  dependsOn goes in a circle: a → c → a.',
  ]);
});

test('tags of a wave take the servers that no wave names, each server ends in exactly one', () => {
  const servers = ['name: a, host: h1, tags: [x]', 'name: b, host: h2, tags: [x, y]', 'name: c, host: h3'];
  const waves = (list: string) => fleet(servers, `waves: [${list}]\n`);
  expect(parsed(waves('{name: one, tags: [x]}, {name: two, servers: [c, b]}')).waves).toMatchObject([
    { servers: ['a'] },
    { servers: ['b', 'c'] },
  ]);
  expect(problemsOf(waves('{name: one, tags: [x]}, {name: two, tags: [y]}'))).toEqual(
    [
      'f.yaml:6:31  the tags of server "b" put it in two waves, "one" and "two". Name it in servers of the wave that is meant.',
      'f.yaml:7:12  server "c" is in no wave. Name it in servers of a wave, or give it a tag that a wave takes.',
      expect.stringMatching(/^f\.yaml:3:40 {2}wave "two" has no server: none that is left has the tag "y"\./),
    ].sort(),
  );
  expect(problemsOf(waves('{name: one, servers: [a, b, a]}, {name: two, servers: [c, B]}'))).toEqual([
    'f.yaml:3:37  server "a" stands twice in wave "one".',
    'f.yaml:3:67  server "B" is in wave "two" but is not in servers. Did you mean "b"?',
  ]);
});

test('two entries for one machine are refused, the same address behind two jump hosts is not', () => {
  const servers = (second: string) => fleet(['name: a, host: Web1.example.com', `name: b, ${second}`]);
  expect(problemsOf(servers('host: web1.example.com., ssh: {port: 22}'))).toEqual([
    'f.yaml:5:21  servers "a" and "b" are the same machine: web1.example.com., port 22. Give each server its own host, or remove one of them.',
  ]);
  expect(problemsOf(servers('host: web1.example.com, ssh: {port: 2222}'))).toEqual([]);
  expect(problemsOf(servers('host: web1.example.com, ssh: {jump: bastion}'))).toEqual([]);
});

test('two images never get the same name', () => {
  expect(problemsOf(fleet(['name: a, host: h1', 'name: b, host: h2, image: {name: a}']))).toEqual([
    'f.yaml:5:39  the images of servers "a" and "b" have the same name, "a".',
  ]);
  const shared = 'defaults: {image: {name: golden}}\n';
  expect(problemsOf(fleet(['name: a, host: h1', 'name: b, host: h2'], shared))).toEqual([
    'f.yaml:3:26  defaults.image.name would give 2 servers the same image name. Set it on single servers.',
  ]);
  expect(problemsOf(fleet(['name: a, host: h1'], shared))).toEqual([]);
});

test('services are stopped for a last delta, which a single pass does not have', () => {
  const told = (servers: string[], rest = '') =>
    problemsOf(fleet(servers, rest)).map((line) =>
      line.replace(/^f\.yaml:(\d+):.*?(sync\.\w+) .*$/, '$1 $2'),
    );
  const [once, incremental] = ['sync: {quiesce: [cron]}', 'sync: {mode: incremental, quiesce: [cron]}'];
  expect(told([`name: a, host: h1, ${once}`, `name: b, host: h2, ${incremental}`])).toEqual([
    '4 sync.quiesce',
  ]);
  expect(told(['name: a, host: h1'], `defaults: {${once}}\n`)).toEqual(['3 sync.quiesce']);
  const mixed = ['name: a, host: h1', 'name: b, host: h2, sync: {mode: incremental}'];
  expect(told(mixed, `defaults: {${once}}\n`)).toEqual([]);
});

test('only a VHD has sub-formats, its own or those of the defaults', () => {
  const [fixed, vhd] = ['image: {subformat: fixed}', 'image: {format: vpc, subformat: fixed}'];
  const hint = 'image.subformat belongs to image.format: vpc. Set that format, or remove it.';
  expect(problemsOf(fleet([`name: a, host: h1, ${fixed}`, `name: b, host: h2, ${vhd}`]))).toEqual([
    `f.yaml:4:33  ${hint}`,
  ]);
  expect(problemsOf(fleet(['name: a, host: h1'], `defaults: {${fixed}}\n`))).toEqual([
    `f.yaml:3:20  ${hint}`,
  ]);
  // A server of another format has no use for what the others take from the defaults.
  const mixed = ['name: a, host: h1', 'name: b, host: h2, image: {format: raw}'];
  const { defaults, servers } = parsed(fleet(mixed, `defaults: {${vhd}}\n`));
  expect(defaults.image).toMatchObject({ format: 'vpc', subformat: 'fixed' });
  expect(servers[1]?.overrides).toEqual({ image: { format: 'raw' } });
});
