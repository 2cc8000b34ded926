import { describe, expect, it } from 'vitest';
import type { DrillResult, MigrationStatus, ServerSummary, WaveSummary } from '../model/messages.js';
import { ChangeLines } from './changes.js';
import { drillBlocks, renderDrill } from './findingsView.js';
import { renderBar } from './bar.js';
import { renderProgress } from './progressView.js';
import { remediesLines } from './remediesView.js';
import { renderResult } from './resultView.js';
import { standstillLines } from './standstillView.js';
import { clip, columns, printable, renderTable } from './text.js';
import { formatBytes, formatBytesOf, formatElapsed, formatEstimate, formatRate } from './units.js';

const GIB = 1024 ** 3;

function server(name: string, fields: Partial<ServerSummary>): ServerSummary {
  return {
    name,
    wave: 'web',
    job: `job/dc1/${name}/1`,
    status: 'Queued',
    step: null,
    attempts: 1,
    sync: null,
    images: [],
    verify: null,
    error: null,
    phase: null,
    reason: null,
    ...fields,
  };
}
const linkLost = {
  code: 'E-LINK-LOST',
  step: 'sync',
  message: 'gave up after 5 attempts',
  remedy: 'look at the network',
  retryable: true,
} as const;
const status: MigrationStatus = {
  name: 'dc1-exit',
  outcome: 'running',
  startedAt: '2026-01-01T00:00:00Z',
  waves: [
    { name: 'canary', state: 'done', reason: null, total: 1, finished: 1, running: 0, failed: 0, queued: 0 },
    { name: 'web', state: 'running', reason: null, total: 5, finished: 0, running: 2, failed: 1, queued: 2 },
  ],
  servers: [
    server('db1', { status: 'Finished' }),
    server('web1', { status: 'Running', step: 'sync', phase: 'Syncing' }),
    server('web2', { status: 'Running', step: 'image', phase: 'Processing' }),
    server('web3', { status: 'InError', step: 'sync', error: linkLost }),
    server('web4', { reason: 'waits for db2' }),
    server('web5', {}),
  ],
};
const sync = {
  step: 'sync',
  detail: 'pass 1',
  doneBytes: 11.2 * GIB,
  totalBytes: 19.6 * GIB,
  bytesPerSecond: 24.1e6,
  etaSeconds: 290,
} as const;

describe('units', () => {
  it.each([
    [formatBytes(0), '0 B'],
    [formatBytes(1023), '1.0 KiB'],
    [formatBytes(1.5 * GIB), '1.5 GiB'],
    [formatBytesOf(0, 19.6 * GIB), '0.0 of 19.6 GiB'],
    [formatRate(24_123_456), '24.1 MB/s'],
    [formatRate(999), '1.0 kB/s'],
    [formatElapsed(41), '0:41'],
    [formatElapsed(3723), '1:02:03'],
    [formatEstimate(3), '10 s'],
    [formatEstimate(290), '5 min'],
    [formatEstimate(2 * 3600), '2 h'],
    [formatEstimate(12_000), '3 h 20 min'],
    [formatEstimate(200_000), '2 days'],
  ])('%s', (actual, expected) => expect(actual).toBe(expected));
});

describe('bar', () => {
  it('is exact to an eighth, and always of its width', () => {
    expect(renderBar(0.57, 10)).toBe('█████▊    ');
    expect(renderBar(7, 4)).toBe('████');
    expect(renderBar(-1, 4)).toBe('    ');
  });
});

describe('text', () => {
  it('makes escape sequences of a server harmless, and keeps words', () => {
    expect(printable('a\u001b[2Jb\u009b31m\u202ec\nd')).toBe('a�[2Jb�31m�c\nd');
  });
  it('clips by columns', () => {
    expect(clip('abcdef', 4)).toBe('abc…');
    expect(clip('abc', 4)).toBe('abc');
    expect(
      renderTable(
        [
          ['a', 'bbb', 'tail'],
          ['aaa', 'b', ''],
        ],
        { width: 9 },
      ),
    ).toEqual(['a    bbb…', 'aaa  b']);
  });
});

describe('progress', () => {
  const live = new Map([
    ['web1', { progress: sync, elapsedSeconds: 500 }],
    ['web2', { progress: { step: 'image', detail: 'initramfs' } as const, elapsedSeconds: 41 }],
  ]);

  it('shows waves rolled up, failures first, then what waits and runs', () => {
    expect(`\n${renderProgress(status, live, { width: 110, height: 30 }).join('\n')}\n`)
      .toMatchInlineSnapshot(`
      "
      wave canary  1/1 finished
      wave web     2 running, 1 failed, 2 queued
        ✗ web3  sync    E-LINK-LOST  gave up after 5 attempts   fleetlift retry web3
          web1  sync    ███████████▍          57%  11.2 of 19.6 GiB  24.1 MB/s  5 min left
          web2  image   initramfs                                     0:41
          web4  queued  waits for db2
      1 of 6 finished · 1 failed · 24.1 MB/s · these syncs about 5 min left
      "
    `);
  });

  it('tells what those in error want while others go on', () => {
    expect(remediesLines(status.servers)).toEqual([
      ' ✗ web3  in error at sync  E-LINK-LOST  gave up after 5 attempts',
      '     → look at the network',
      '     → fleetlift logs web3; then: fleetlift retry web3',
    ]);
    const many = Array.from({ length: 25 }, (_, at) =>
      server(`web${String(at)}`, { status: 'InError', step: 'sync', error: linkLost }),
    );
    expect(remediesLines(many)).toHaveLength(61);
    expect(remediesLines(many)[60]).toBe('   … and 5 more');
  });

  it('fits the terminal', () => {
    const lines = renderProgress(status, live, { width: 40, height: 6 });
    expect(lines).toHaveLength(6);
    expect(lines.every((line) => columns(line) <= 40)).toBe(true);
    expect(lines.join('\n')).toContain('and 2 more');
    expect(lines[2]).toContain('web3');
  });

  it('rolls waves up where they are many, but for those that run, are held or had failures', () => {
    const wave = (name: string, fields: Partial<WaveSummary>): WaveSummary => ({
      ...{ name, state: 'pending', reason: null, total: 10, finished: 0, running: 0, failed: 0, queued: 0 },
      ...fields,
    });
    const done = { state: 'done', finished: 10 } as const;
    const waves = [
      ...['a', 'b', 'c'].map((name) => wave(name, done)),
      wave('d', { state: 'done', finished: 9, failed: 1 }),
      wave('e', { state: 'running', finished: 2, running: 8 }),
      wave('f', { state: 'held', reason: 'waits for fleetlift approve f' }),
      ...Array.from({ length: 40 }, (_, index) => wave(`g${index}`, { reason: 'after f' })),
    ];
    const many = { ...status, waves };
    expect(renderProgress(many, live, { width: 90, height: 24 }).slice(0, 6)).toMatchInlineSnapshot(`
      [
        "3 waves a … c      30/30 finished",
        "wave d             9/10 finished, 1 failed",
        "wave e             2 finished, 8 running",
        "wave f             held: waits for fleetlift approve f",
        "40 waves g0 … g39  400 waiting for their turn: after f",
        "  ✗ web3  sync    E-LINK-LOST  gave up after 5 attempts   fleetlift retry web3",
      ]
    `);
    expect(renderProgress(many, live, { width: 90, height: 10_000 })).toHaveLength(46 + 5);
  });

  it('makes a line per change only', () => {
    const changes = new ChangeLines();
    const progress = new Map([['web1', sync]]);
    expect(changes.next(status, progress)).toMatchInlineSnapshot(`
      [
        "db1  finished",
        "web1  sync  pass 1  57%  11.2 of 19.6 GiB  24.1 MB/s",
        "web2  image",
        "web3  sync  E-LINK-LOST  gave up after 5 attempts   fleetlift retry web3",
        "web4  queued: waits for db2",
        "wave canary  done",
        "wave web  running",
      ]
    `);
    expect(changes.next(status, progress)).toEqual([]);
    const later = new Map([['web1', { ...sync, doneBytes: 15 * GIB }]]);
    expect(changes.next(status, later)).toHaveLength(1);
  });
});

describe('result', () => {
  it('tells failures with their remedy, bytes, boots, images', () => {
    const lines = renderResult({
      migration: 'dc1-exit',
      outcome: 'failed',
      seconds: 300,
      servers: [
        server('web1', {
          status: 'Finished',
          sync: { passes: 1, logicalBytes: 1.2 * GIB, wireBytes: GIB / 2, seconds: 41 },
          images: [
            {
              disk: 'system',
              relay: 'local',
              path: '/images/web1.qcow2',
              format: 'qcow2',
              virtualBytes: 8 * GIB,
              fileBytes: 1.1 * GIB,
              sha256: 'ab'.repeat(32),
            },
          ],
          verify: {
            checksum: { files: 1, differences: 0, changedMeanwhile: 0 },
            boot: [
              { firmware: 'bios', booted: true, seconds: 24.2, screenshot: '', log: '' },
              { firmware: 'uefi', booted: true, seconds: 27, screenshot: '', log: '' },
            ],
            commands: [],
          },
        }),
        server('web3', { status: 'InError', error: linkLost }),
      ],
    });
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
       ✗ web3  in error at sync  E-LINK-LOST  gave up after 5 attempts
           → look at the network
           → fleetlift logs web3; then: fleetlift retry web3
       ✓ web1  finished  1.2 GiB in 0:41, 31.4 MB/s  bios booted in 24 s, uefi booted in 27 s

      images
        web1 system  /images/web1.qcow2  1.1 GiB  sha256 abababababab…

      dc1-exit: 1 of 2 servers finished, 1 failed in 5:00
      "
    `);
  });
});

describe('a migration with servers that were skipped', () => {
  const servers = [server('web1', { status: 'Finished' }), server('web2', { status: 'Skipped' })];
  const lines = (outcome: 'finished' | 'waiting'): string =>
    renderResult({ migration: 'm', outcome, seconds: 1, servers }).join('\n');

  it('says once it is over how they are migrated after all', () => {
    expect(lines('finished')).toContain('fleetlift delete web2, then migrate again');
    expect(lines('waiting')).not.toContain('fleetlift delete');
  });
});

describe('a failure', () => {
  const blocking = (code: string, message: string, remedy: string) =>
    ({ severity: 'blocking', code, message, remedy }) as const;
  const failed = (fields: Partial<ServerSummary>): string[] =>
    renderResult({ migration: 'm', outcome: 'failed', seconds: 1, servers: [server('web3', fields)] });

  it('of several findings tells each with its own remedy', () => {
    const error = { ...linkLost, code: 'E-PREFLIGHT', step: 'preflight', message: 'a; b' } as const;
    const findings = [
      blocking('E-RSYNC-MISSING', 'rsync is not installed', 'apt-get -y install rsync'),
      blocking('E-CLOCK', 'the clock is an hour off', 'timedatectl set-ntp true, then: fleetlift retry web3'),
      { severity: 'information', code: 'I-SELINUX', message: 'enforcing', remedy: '' } as const,
    ];
    expect(failed({ status: 'InError', error, findings }).slice(0, 6)).toEqual([
      ' ✗ web3  in error at preflight  E-PREFLIGHT  2 findings in its way',
      '     E-RSYNC-MISSING  rsync is not installed',
      '       → apt-get -y install rsync',
      '     E-CLOCK  the clock is an hour off',
      '       → timedatectl set-ntp true, then: fleetlift retry web3',
      '     → fleetlift retry web3',
    ]);
  });

  it('names no command twice, and no logs where there are none', () => {
    const error = { ...linkLost, step: 'preflight', remedy: 'mend it, then: fleetlift retry web3' } as const;
    expect(failed({ status: 'InError', error })[1]).toBe('     → mend it, then: fleetlift retry web3');
    expect(failed({ status: 'InError', error })[2]).toBe('');
  });

  it('that was given up is not to be retried', () => {
    expect(failed({ status: 'Cancelled', error: linkLost }).join('\n')).not.toContain('retry');
  });
});

describe('a migration that stands still', () => {
  const wave = { total: 2, finished: 0, running: 0, failed: 0, queued: 2 };
  const budget = '2 servers of it failed, more than maxFailures (1): retry or skip them';
  const later = 'waits for wave web';

  it('tells for what its waves and servers wait, and the command that lets them go on', () => {
    const lines = standstillLines({
      ...status,
      outcome: 'waiting',
      waves: [
        { ...wave, name: 'canary', state: 'done', reason: null },
        { ...wave, name: 'web', state: 'held', reason: budget },
        { ...wave, name: 'rest', state: 'pending', reason: later },
      ],
      servers: [
        server('web1', { status: 'InError', error: linkLost, reason: 'look at the network' }),
        server('web2', { reason: budget }),
        server('web3', { reason: 'depends on db1, which is skipped: skip it, or migrate db1 first' }),
        server('web4', { status: 'Stopped', reason: 'paused before the end of step sync' }),
        server('db2', { wave: 'rest', reason: later }),
      ],
    });
    expect(lines).toEqual([
      ` wave web: ${budget}`,
      ` wave rest: ${later}`,
      '   web3: depends on db1, which is skipped: skip it, or migrate db1 first',
      '   web4: paused before the end of step sync; fleetlift resume web4',
    ]);
    const result = { migration: 'm', outcome: 'waiting' as const, seconds: 1, servers: [server('web2', {})] };
    expect(renderResult(result, lines).slice(1, 5)).toEqual(lines);
  });

  it('says what to do for room on the relay', () => {
    const reason = 'waits for room on relay local: needs 12.0 GiB, 3.1 GiB free in /srv';
    const waiting = { ...status, outcome: 'waiting' as const, waves: [] };
    expect(standstillLines({ ...waiting, servers: [server('web2', { reason, roomBytes: 1 })] })).toEqual([
      `   web2: ${reason}`,
      expect.stringMatching(/^ {5}→ free room .*cancel web2/),
    ]);
    const many = Array.from({ length: 25 }, (_, at) => server(`web${String(at)}`, { reason, roomBytes: 1 }));
    expect(standstillLines({ ...waiting, servers: many })).toHaveLength(22);
    expect(standstillLines({ ...waiting, servers: many })[20]).toBe('   … and 5 more');
    const turn = 'waits for its turn on relay local: web1 of m has a btrfs of the same UUID mounted there';
    const clone = server('web2', { reason: turn, roomBytes: 1 });
    expect(standstillLines({ ...waiting, servers: [clone] })).toEqual([`   web2: ${turn}`]);
  });
});

describe('drill', () => {
  const drill: DrillResult = {
    servers: [
      {
        name: 'db1',
        findings: [
          {
            severity: 'warning',
            code: 'W-DB-RUNNING',
            message: 'PostgreSQL 15 runs',
            remedy: 'list it under sync.quiesce',
          },
        ],
      },
      {
        name: 'web3',
        findings: [
          { severity: 'information', code: 'I-SELINUX', message: 'enforcing', remedy: '' },
          {
            severity: 'blocking',
            code: 'E-RSYNC-MISSING',
            message: 'rsync is not installed',
            remedy: 'apt-get -y install rsync',
          },
        ],
      },
      { name: 'web4', findings: [] },
    ],
    relays: [{ name: 'local', freeBytes: 412 * GIB, neededBytes: 318 * GIB, error: null }],
  };
  it('puts what blocks first and counts the rest', () => {
    expect(drillBlocks(drill)).toBe(true);
    expect(`\n${renderDrill('dc1-exit', 2, drill, 100).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      dc1-exit: 3 servers, 2 waves, 1 relay (local: 412.0 GiB free, 318.0 GiB needed)

       ✗ web3  blocking  E-RSYNC-MISSING  rsync is not installed  apt-get -y install rsync
       ! db1   warning   W-DB-RUNNING     PostgreSQL 15 runs      list it under sync.quiesce
       ✓ 1 server ready

      1 server cannot be migrated, 1 wants a look. Nothing was changed on any server.
      "
    `);
  });
  it('gives every remedy a line of its own where the screen is too narrow, and cuts none', () => {
    const lines = renderDrill('dc1-exit', 2, drill, 60);
    expect(lines).toContain(' ✗ web3  blocking  E-RSYNC-MISSING  rsync is not installed');
    expect(lines).toContain('     → apt-get -y install rsync');
  });
  it('speaks of no job that could be retried', () => {
    const remedy = 'look at the load, then: fleetlift retry web4';
    const finding = { severity: 'blocking', code: 'E-SSH-TIMEOUT', message: 'no answer', remedy } as const;
    const lines = renderDrill(
      'dc1-exit',
      1,
      { ...drill, servers: [{ name: 'web4', findings: [finding] }] },
      99,
    );
    expect(lines.join('\n')).toContain('look at the load, then drill again');
  });
});
