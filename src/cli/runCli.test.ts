import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateLayout } from '../state/layout.js';
import { writeResult } from '../state/results.js';
import { COMMANDS } from './commandTable.js';
import { runCommand } from '../../test/support/cli.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fleetlift-cli-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const run = (...argv: string[]) => runCommand(join(dir, 'state'), ...argv);

const INVENTORY = `version: 1
name: dc1
waves:
  - {name: canary, servers: [web1]}
  - {name: rest, servers: [web2]}
servers:
  - {name: web1, host: 192.0.2.1}
  - {name: web2, host: 192.0.2.2}
`;
function inventory(text = INVENTORY): string {
  const file = join(dir, 'fleet.yaml');
  writeFileSync(file, text);
  return file;
}
function finish(...names: string[]): void {
  for (const name of names) {
    writeResult(stateLayout(join(dir, 'state')), {
      migration: 'dc1',
      name,
      wave: name === 'web1' ? 'canary' : 'rest',
      job: `job/dc1/${name}/1`,
      status: 'Finished',
      step: 'clean-up',
      attempts: 1,
      sync: { passes: 1, logicalBytes: 1000, wireBytes: 500, seconds: 1 },
      images: [],
      verify: null,
      error: null,
      startedAt: '2026-01-01T00:00:00Z',
      endedAt: '2026-01-01T00:01:30Z',
    });
  }
}

describe('help', () => {
  it.each(COMMANDS)('of $name has examples, exit status and the global options', async ({ name }) => {
    const { code, out } = await run(name, '--help');
    expect(code).toBe(0);
    expect(out).toContain('EXAMPLES\n  fleetlift ');
    expect(out).toContain('EXIT STATUS\n  0 ');
    expect(out).toContain('--state-dir <dir>');
    expect(out).toContain('--json');
  });

  it('lists every command with its summary', async () => {
    const { out } = await run('--help');
    const listed = out.split('\n').map((line) => line.trim().replace(/ {2,}/, ': '));
    for (const { name, summary } of COMMANDS) expect(listed).toContain(`${name}: ${summary}`);
  });

  it('has in the table the name and summary of each command itself', async () => {
    for (const { name, summary, load } of COMMANDS) expect(await load()).toMatchObject({ name, summary });
  });
});

describe('wrong usage', () => {
  it.each([
    [['migrat', 'x.yaml'], "unknown command 'migrat'. Did you mean migrate?"],
    [['jobs', 'lst'], "unknown command 'lst'. Did you mean list?"],
    [['migrate'], "missing required argument 'inventory'"],
    [['migrate', 'x.yaml', '--detahc'], "unknown option '--detahc'. Did you mean --detach?"],
    [['retry'], 'name servers, or --wave NAME, or --all, and only one of them'],
    [['retry', 'web1', '--all'], 'name servers, or --wave NAME, or --all, and only one of them'],
    [['relay', '--name', 'x'], "required option '--dir <dir>' not specified"],
    [['relay', '--name', 'x', '--dir', 'y', '--slots', '0'], 'whole number of at least 1, not "0"'],
    [['schedule', 'create', 'x.yaml', '--wave', 'canary'], "required option '--at <time>' not specified"],
    [[], 'no command was given'],
  ])('%j is told with exit status 2', async (argv, message) => {
    const { code, err } = await run(...argv);
    expect(err).toContain(message);
    expect(err).toMatch(/fleetlift: E-USAGE: .*\n {2}→ /);
    expect(code).toBe(2);
  });

  it('of a command that is another’s subcommand too is told with its own help', async () => {
    expect((await run('schedule', 'pause')).err).toContain('→ fleetlift schedule --help');
  });

  it('is one JSON document with --json', async () => {
    const { code, out } = await run('migrate', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'E-USAGE',
        message: "missing required argument 'inventory'",
        remedy: 'fleetlift migrate --help',
        retryable: false,
      },
    });
  });
});

describe('a wrong inventory', () => {
  it('is told with every error, and nothing is started', async () => {
    const file = inventory(
      INVENTORY.replace('hosts', '').replace('version: 1', 'version: 1\nlimit: {}') + '  - {name: web3}\n',
    );
    const { code, err } = await run('migrate', file);
    expect(code).toBe(2);
    expect(err).toMatch(/fleet\.yaml:2:1 {2}/);
    expect(err).toMatch(/fleetlift: E-INVENTORY: [2-9] errors\. Nothing was started\./);
  });

  it('has its errors in the JSON document', async () => {
    const { code, out } = await run(
      'validate',
      inventory('version: 1\nname: x\nservers: [{name: a}]\n'),
      '--json',
    );
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'E-INVENTORY', problems: [{ line: 3 }] } });
  });
});

describe('a finished migration', () => {
  it('is shown again out of its result files, and starts nothing', async () => {
    finish('web1', 'web2');
    const { code, out, err } = await run('migrate', inventory(), '--json');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      migration: 'dc1',
      outcome: 'finished',
      seconds: 90,
      servers: [{ name: 'web1', wave: 'canary', status: 'Finished' }, { name: 'web2' }],
    });
    expect(readFileSync(join(dir, 'state', 'reports', 'dc1.html'), 'utf8')).toContain('job/dc1/web2/1');
  });

  it('counts for the servers that were chosen only', async () => {
    finish('web1');
    const { code, out } = await run('migrate', inventory(), '--wave', 'canary');
    expect(code).toBe(0);
    expect(out).toContain('dc1: 1 of 1 server finished in 1:30');
  });

  it('is known to status, jobs and report without a service', async () => {
    finish('web1');
    expect((await run('status')).out).toContain('✓ web1  finished');
    expect(JSON.parse((await run('status', '--json')).out)).toMatchObject({
      servers: [{ name: 'web1', progress: null }],
    });
    expect((await run('jobs', 'list', '--name', 'web1')).out).toContain('job/dc1/web1/1');
    expect((await run('jobs', 'list', '--name', 'web')).out).not.toContain('job/dc1');
    expect((await run('jobs', 'show', 'web1')).out).toContain('Finished, step clean-up');
    await run('report', '--csv', join(dir, 'r.csv'));
    expect(readFileSync(join(dir, 'r.csv'), 'utf8')).toContain('web1,canary,job/dc1/web1/1,Finished');
  });
});

it('an unknown wave or server is told before anything is started', async () => {
  expect(await run('migrate', inventory(), '--only', 'web1,wbe2')).toMatchObject({
    code: 2,
    err: expect.stringContaining('dc1 has no server "wbe2". Did you mean "web2"?') as string,
  });
});

describe('schedule create', () => {
  const schedule = (...argv: string[]) => run('schedule', 'create', inventory(), ...argv);

  it.each([
    [['--wave', 'canry', '--at', '02:00'], 'dc1 has no wave "canry". Did you mean "canary"?'],
    [['--wave', 'canary', '--at', '2026-01-01T02:00'], 'is past'],
    [['--wave', 'canary', '--at', 'tonight'], '"tonight" is no time'],
    [['--wave', 'canary', '--at', '02:00', '--timezone', 'Mars/Base'], '"Mars/Base" is no time zone'],
    [['--wave', 'canary', '--at', '02:00', '--name', 'a/b'], '"a/b" is no name: at most 63 letters'],
  ])('refuses %j before anything is started', async (argv, message) => {
    const { code, err } = await schedule(...argv);
    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(existsSync(join(dir, 'state'))).toBe(false);
  });

  it('tells every error of the inventory', async () => {
    const file = inventory('version: 1\nname: x\nlimit: {}\nservers: [{name: a}]\n');
    const { code, err } = await run('schedule', 'create', file, '--wave', 'all', '--at', '02:00');
    expect(code).toBe(2);
    expect(err).toContain('fleetlift: E-INVENTORY: 2 errors. Nothing was started.');
  });
});

it('schedules are not listed, and none is taken back, where nothing ever ran', async () => {
  for (const argv of [['list'], ['pause', 'dc1/canary'], ['delete', 'dc1/canary']]) {
    expect(await run('schedule', ...argv)).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no migration here yet') as string,
    });
  }
});
