import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeOutput } from './writeOutput.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleetlift-output-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('makes the folder of a file that is asked for', () => {
  const file = join(folder, 'reports', 'dc1.html');
  writeOutput(file, 'page');
  expect(readFileSync(file, 'utf8')).toBe('page');
});

it('a file that cannot be written is wrong usage, and no defect', () => {
  const file = join(folder, 'file');
  writeOutput(file, 'text');
  expect(() => {
    writeOutput(join(file, 'below'), 'text');
  }).toThrow(expect.objectContaining({ code: 'E-USAGE' }));
  expect(() => {
    writeOutput(file, 'text', 'wx');
  }).toThrow(/cannot be written/);
});
