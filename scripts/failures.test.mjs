import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureLines, failuresOf, partFailure } from './failures.mjs';

const test = (title, message = null) => ({
  ancestorTitles: ['an image'],
  title,
  status: message === null ? 'passed' : 'failed',
  failureMessages: message === null ? [] : [message],
});
const file = (name, status, assertionResults, message = '') => ({
  name: `/project/${name}`,
  status,
  message,
  assertionResults,
});

describe('the failures of a report', () => {
  it('are its failed tests, and the files that failed without one', () => {
    const long = Array.from({ length: 9 }, (_, at) => `line ${at + 1}`).join('\n');
    const testResults = [
      file('src/a.test.ts', 'failed', [
        test('boots'),
        test('is made', `\u001b[31mError: no\u001b[39m room\n\n    at src/a.ts:1:2\n    at src/b.ts:3:4`),
        test('is kept', long),
      ]),
      file('src/b.test.ts', 'failed', [], "Cannot find module './c.js'"),
      file('src/c.test.ts', 'failed', [{ ...test('never'), status: 'skipped' }]),
      file('src/d.test.ts', 'passed', [test('boots')]),
    ];
    expect(failureLines('unit', failuresOf({ testResults }, '/project'))).toEqual([
      '✗ unit  src/a.test.ts  an image > is made',
      '    Error: no room',
      '    at src/a.ts:1:2',
      '✗ unit  src/a.test.ts  an image > is kept',
      ...[1, 2, 3, 4, 5, 6].map((at) => `    line ${at}`),
      '    … 3 lines more',
      '✗ unit  src/b.test.ts',
      "    Cannot find module './c.js'",
      '✗ unit  src/c.test.ts',
      '    a hook failed, or what runs before its tests',
    ]);
  });

  it('of a part without tests are how it ended', () => {
    expect(failureLines('lint', [partFailure({ status: 1, signal: null }, false)])).toEqual([
      '✗ lint',
      '    exit status 1',
    ]);
    expect(partFailure({ status: null, signal: 'SIGKILL' }, true).message).toBe(
      'ended by SIGKILL, and no test failed: see its output',
    );
  });
});

it('the suite ends with what failed, then with the numbers', () => {
  const dir = mkdtempSync(join(tmpdir(), 'fleetlift-failures-'));
  try {
    const bin = join(dir, 'node_modules/.bin');
    mkdirSync(bin, { recursive: true });
    for (const [name, status] of [
      ['eslint', 1],
      ['tsc', 0],
    ]) {
      writeFileSync(join(bin, name), `#!/bin/sh\nexit ${status}\n`, { mode: 0o755 });
    }
    const report = { numPassedTests: 1, numFailedTests: 1, numFailedTestSuites: 1, testResults: [] };
    report.testResults.push(file('a.test.ts', 'failed', [test('boots'), test('is made', 'Error: no')]));
    // Where the report goes is the last argument.
    writeFileSync(
      join(bin, 'vitest'),
      `#!/bin/sh\nfor last; do :; done\ncat > "\${last#*=}" <<'END'\n${JSON.stringify(report)}\nEND\nexit 1\n`,
      { mode: 0o755 },
    );
    symlinkSync(join(process.cwd(), 'scripts'), join(dir, 'scripts'));
    const { stdout, status } = spawnSync(process.execPath, ['scripts/test.mjs', 'lint', 'types', 'unit'], {
      cwd: dir,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    const [, told] = stdout.split('\nfailed\n');
    expect(told?.split('\n').filter((line) => !line.includes('a.test.ts'))).toEqual([
      '✗ lint',
      '    exit status 1',
      '    Error: no',
      '',
      '2 passed, 2 failed',
      '',
    ]);
    expect(told).toContain('a.test.ts  an image > is made');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
