import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerResult } from '../model/job.js';
import { chooseStateDir, makeStateDir, stateLayout, type StateLayout } from './layout.js';
import { readAllResults, readResults, removeResult, settledResults, writeResult } from './results.js';

let dir: string;
let layout: StateLayout;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fleetlift-state-'));
  layout = stateLayout(join(dir, 'state'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const result = (name: string, number: number, status: ServerResult['status'] = 'Finished') => ({
  migration: 'dc1',
  name,
  wave: 'canary',
  job: `job/dc1/${name}/${number}`,
  status,
  step: null,
  attempts: 1,
  sync: null,
  images: [],
  verify: null,
  error: null,
});

describe('state folder', () => {
  it('is private', () => {
    makeStateDir(layout);
    expect(statSync(layout.dir).mode & 0o777).toBe(0o700);
  });

  it('of another version is refused', () => {
    makeStateDir(layout);
    writeFileSync(join(layout.dir, 'protocol'), '99\n');
    expect(() => makeStateDir(layout)).toThrow(expect.objectContaining({ code: 'E-STATE-DIR' }));
  });

  it('that cannot be a folder is refused', () => {
    writeFileSync(join(dir, 'file'), '');
    expect(() => makeStateDir(stateLayout(join(dir, 'file')))).toThrow(
      expect.objectContaining({ code: 'E-STATE-DIR' }),
    );
  });

  it('is chosen by flag, then environment, then home', () => {
    expect(chooseStateDir('/a', { FLEETLIFT_STATE_DIR: '/b' })).toBe('/a');
    expect(chooseStateDir(undefined, { FLEETLIFT_STATE_DIR: '/b' })).toBe('/b');
    expect(chooseStateDir(undefined, {})).toMatch(/\/\.local\/state\/fleetlift$/);
  });
});

describe('result files', () => {
  it('answer the latest job of each server, by number and not by name', () => {
    writeResult(layout, result('web1', 2, 'Cancelled'));
    writeResult(layout, result('web1', 10));
    writeResult(layout, result('db1', 1));
    expect(readResults(layout, 'dc1').map((r) => r.job)).toEqual(['job/dc1/db1/1', 'job/dc1/web1/10']);
    expect(readAllResults(layout)).toHaveLength(3);
    expect(readResults(layout, 'other')).toEqual([]);
  });

  it('show a migration as done whose servers are finished or skipped, and no other', () => {
    writeResult(layout, result('web1', 1));
    writeResult(layout, result('web2', 1, 'Cancelled'));
    expect(settledResults(layout, 'dc1', ['web1', 'web2'])).toBeNull();
    expect(settledResults(layout, 'dc1', ['web1', 'web3'])).toBeNull();
    writeResult(layout, result('web2', 2, 'Skipped'));
    expect(settledResults(layout, 'dc1', ['web1', 'web2'])?.map(({ status }) => status)).toEqual([
      'Finished',
      'Skipped',
    ]);
  });

  it('leave no temporary file and replace the one of the same job', () => {
    writeResult(layout, result('web1', 1, 'Cancelled'));
    const file = writeResult(layout, result('web1', 1));
    expect(readdirSync(join(file, '..'))).toEqual(['1.json']);
    expect(readResults(layout)[0]).toMatchObject({ protocol: 1, status: 'Finished' });
  });

  it('are removed with the folders that then hold nothing, and no other', () => {
    for (const [name, number] of [
      ['web1', 1],
      ['web1', 2],
      ['web2', 1],
    ] as const)
      writeResult(layout, result(name, number));
    const remove = (server: string, number: number): void =>
      removeResult(layout, { migration: 'dc1', server, number });
    remove('web1', 1);
    expect(readResults(layout).map(({ job }) => job)).toEqual(['job/dc1/web1/2', 'job/dc1/web2/1']);
    remove('web1', 2);
    expect(readdirSync(join(layout.resultsDir, 'dc1'))).toEqual(['web2']);
    remove('web2', 1);
    expect(readdirSync(layout.resultsDir)).toEqual([]);
    remove('web2', 1);
    expect(readResults(layout)).toEqual([]);
  });

  it('that are damaged are an error, not an absent result', () => {
    const file = writeResult(layout, result('web1', 1));
    writeFileSync(file, '{"protocol":1');
    expect(() => readResults(layout, 'dc1')).toThrow(expect.objectContaining({ code: 'E-STATE-DIR' }));
  });

  it('are never written outside their folder', () => {
    expect(() => writeResult(layout, { ...result('..', 1), job: 'job/dc1/../1' })).toThrow(TypeError);
  });
});
