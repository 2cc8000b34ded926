import { expect, test } from 'vitest';
import type { z } from 'zod';
import * as fields from './fields.js';

const long = 'x'.repeat(64);

const cases: readonly [string, z.ZodType, readonly unknown[], readonly unknown[]][] = [
  [
    'name',
    fields.name,
    ['a', 'web-1.dc_2', '9', long.slice(1)],
    ['', '-a', '.a', '..', 'a..b', 'a/b', 'a b', 'ä', 'a\n', long, 1, null, 'a$b', 'a;b', '--all'],
  ],
  [
    'host',
    fields.host,
    ['web1', 'web1.example.com', 'a.b.', '10.0.0.1', '::1', 'fe80::1%eth0', '2001:db8::7', 'my_alias', '1a'],
    ['', '-oProxyCommand=x', 'a..b', '.a', 'a-.b', '10.0.0.256', '10.0.1', '[::1]', 'a b', 'a:22', '::x'],
  ],
  [
    'user',
    fields.user,
    ['root', 'svc-migrate', 'joe@example.com', '_x'],
    ['', '-l', 'a b', 'a$b', 'a;b', '$(id)', 'a\nb'],
  ],
  [
    'jump',
    fields.jump,
    ['bastion', 'a@b:22', 'a@b:22,c', 'ops@[2001:db8::1]:2222', '10.0.0.1:22', 'u@d.com@host'.slice(4)],
    ['', '-J', 'a b', 'a:0', 'a:70000', 'a,,b', 'a,', '@a', '[zz]:22', 'a:b:c', '-o@b', 'a@-b', 'a,-b'],
  ],
  [
    'orchestratorPath',
    fields.orchestratorPath,
    ['/root/.ssh/id', '~/.ssh/id', '/with space/id'],
    ['', 'id', '-i', '~', '~joe/id', '/a\nb', '/a\0b', './id'],
  ],
  [
    'relayFolder',
    fields.relayFolder,
    ['/srv', '/var/lib/fleetlift', '/srv/a.b/', '/srv/..a', '/srv/a..b'],
    [
      '/',
      'srv',
      '/srv/../etc',
      '/..',
      '/srv/..',
      '/./a',
      '/a b',
      '/a,b',
      '/a\nb',
      '/a:b',
      '-d',
      '',
      '/$(id)',
    ],
  ],
  ['folder', fields.folder, ['excludes', '../shared/excludes', '/etc/x'], ['', '-x', '~/x', 'a\nb', 'a\0']],
  [
    'variableName',
    fields.variableName,
    ['DB1_PASSWORD', '_x'],
    ['', '1A', 'A-B', '$A', '${A}', 'A B', 'p@ss', 'A=B'],
  ],
  [
    'unitName',
    fields.unitName,
    ['postgresql.service', 'postgresql@15-main.service', 'cron'],
    ['', '--all', 'a b', 'a;b', '*', 'a/b', '$x'],
  ],
  ['command', fields.command, ['true', 'test -f "$HOME/x" && echo ok', 'a\nb'], ['', ' ', '\n', 'a\0b', 1]],
  [
    'duration',
    fields.duration,
    ['1s', '15m', '2h', '7d'],
    ['0s', '15', '1.5h', '-1s', '1w', '1h30m', '', 15],
  ],
  ['timeOfDay', fields.timeOfDay, ['00:00', '23:59'], ['24:00', '9:00', '09:60', '0900', '']],
  [
    'timezone',
    fields.timezone,
    ['UTC', 'Asia/Shanghai'],
    ['Asia/Shanghia', 'CET+99', '', '../etc', '+02:00'],
  ],
  ['diskId', fields.diskId, ['system', 'disk1', 'disk12'], ['disk0', 'disk', 'data', 'disk01', '../disk1']],
  ['port', fields.port, [1, 65_535], [0, 65_536, 1.5, '22', null, NaN, Infinity]],
  [
    'excludePattern',
    fields.excludePattern,
    ['/a/', '*.log', '#x', '--delete', '- /a', '+ /a', 'merge', 'P_x'],
    ['', ' ', '!', '!x', 'a\nb', 'a\0b', '. /etc/passwd', ': x', 'merge /x', 'dir-merge,e x', 'P x', '- ', 7],
  ],
];

test.each(cases)('%s lets through what it should, and nothing else', (_name, schema, good, bad) => {
  expect(good.filter((value) => !schema.safeParse(value).success)).toEqual([]);
  expect(bad.filter((value) => schema.safeParse(value).success)).toEqual([]);
});
