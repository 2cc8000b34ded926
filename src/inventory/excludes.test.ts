import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { excludesOf } from './excludeFiles.js';
import { excludeRule } from './excludeRules.js';
import { parsed, problemsOf } from './testing.js';

const file = (name: string, content: string | Uint8Array) => ({
  name,
  path: `ex/${name}`,
  content: typeof content === 'string' ? Buffer.from(content) : content,
});
const inventory = (defaults: string, server = '') =>
  `version: 1\nname: a\ndefaults: {sync: {${defaults}}}\nservers: [{name: s, host: h, sync: {${server}}}]\n`;

test('rsync leaves out exactly the named files, whatever their first character is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleetlift-excludes-'));
  try {
    const names = ['#a', ';a', '-a', '+a', '--delete', 'a b ', 'x\\y', '#x\\y', '- dash', 'merge x', 'a'];
    for (const name of [...names, 'kept', '#b']) await writeFile(join(folder, name), '');
    await mkdir(join(folder, 'dir'));
    const patterns = [
      '#a',
      ';a',
      '-a',
      '+a',
      '--delete',
      'a b ',
      'x\\y',
      '#x\\y',
      '- - dash',
      '?erge x',
      '- /a',
    ];
    const rules = [...patterns, 'dir/'].map((pattern) => {
      const result = excludeRule(pattern);
      return 'rule' in result ? result.rule : result.fault;
    });
    for (const prefix of ['', '- ']) {
      const list = rules.map((rule) => `${prefix}${rule}\n`).join('');
      const option = prefix === '' ? '--exclude-from=-' : '--filter=merge -';
      const { stdout } = await execa('rsync', ['-r', '--list-only', option, `${folder}/`], { input: list });
      const listed = stdout.split('\n').map((line) => line.slice(46));
      expect(listed.sort()).toEqual(['#b', '.', 'kept']);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('exclude files are read as rsync reads them', () => {
  const found = excludesOf([
    file('rsync_excludes_linux.txt', '# comment\n; comment\n\n  \n/var/tmp/\r\n- /a\n+ /b/keep\n/b/*\nlast'),
    file('rsync_excludes_linux_disk2.txt', '/scratch/\n'),
    file('rsync_excludes_win.txt', '/Temp/\n'),
  ]);
  expect(found).toEqual({
    rules: { system: ['/var/tmp/', '/a', '+ /b/keep', '/b/*', 'last'], disk2: ['/scratch/'] },
    problems: [],
  });
});

test('what is wrong in an exclude file is told by its own line', () => {
  const latin1 = Buffer.from('/ok\n!\n/caf\xe9\n. /etc/passwd\n', 'latin1');
  const lines = problemsOf(inventory('excludesDir: ex'), {
    readExcludes: () => [file('rsync_excludes_linux.txt', latin1)],
  });
  expect(lines).toEqual([
    'ex/rsync_excludes_linux.txt:2:1  "!" is no exclude pattern: "!" would clear the list; write "?" in its place.',
    'ex/rsync_excludes_linux.txt:3:1  the line is not UTF-8; write "?" for each byte of such a name.',
    'ex/rsync_excludes_linux.txt:4:1  ". /etc/passwd" is no exclude pattern: it is one of rsync’s other filter rules; write "?" in place of its first letter.',
  ]);
});

test('inline patterns come before those of the folder, and a server takes along what it does not set', () => {
  const readExcludes = (folder: string) => [file('rsync_excludes_linux.txt', `/${folder}/\n`)];
  const own = (text: string) => {
    const { defaults, servers } = parsed(text, { readExcludes });
    return [defaults.sync.excludes, servers[0]?.overrides.sync?.excludes];
  };
  const defaults = 'excludes: {system: [/in/, "#x"], disk1: [/d/]}, excludesDir: ex';
  const merged = { system: ['/in/', '[#]x', '/ex/'], disk1: ['/d/'] };
  expect(own(inventory(defaults))).toEqual([merged, undefined]);
  expect(own(inventory(defaults, 'seed: "off"'))).toEqual([merged, undefined]);
  expect(own(inventory(defaults, 'excludes: {system: [/own/]}'))[1]).toEqual({ system: ['/own/', '/ex/'] });
  expect(own(inventory(defaults, 'excludesDir: other'))[1]).toEqual({
    system: ['/in/', '[#]x', '/other/'],
    disk1: ['/d/'],
  });
  expect(own(inventory(defaults, 'excludesDir: null'))[1]).toEqual({
    system: ['/in/', '[#]x'],
    disk1: ['/d/'],
  });
  expect(own(inventory(defaults, 'excludes: {}, excludesDir: null'))[1]).toEqual({});
});

test('a folder that is missing, or holds no exclude file, is refused', () => {
  const missing = () => {
    throw Object.assign(new Error('no'), { code: 'ENOENT' });
  };
  expect(problemsOf(inventory('excludesDir: ex'), { readExcludes: missing })).toEqual([
    'f.yaml:3:32  the folder of excludesDir cannot be read (ENOENT).',
  ]);
  const strange = () => [file('rsync_excludes_win.txt', '/a\n'), file('notes.txt', '/a\n')];
  expect(problemsOf(inventory('excludesDir: ex'), { readExcludes: strange })).toEqual([
    'f.yaml:3:32  the folder of excludesDir holds no rsync_excludes_linux*.txt.',
  ]);
});
