import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeStateDir, stateLayout, type StateLayout } from '../state/layout.js';
import { takeLock } from './lock.js';
import { lastLogLines } from './logTail.js';
import { choosePort } from '../ports.js';
import { endProcess, isAlive, processRef } from './processes.js';
import { readEndpoint, writeEndpoint } from './records.js';
import { findTemporalCli } from './temporalCli.js';

let dir: string;
let layout: StateLayout;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fleetlift-service-'));
  layout = stateLayout(dir);
  makeStateDir(layout);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const endpoint = {
  protocol: 1 as const,
  version: '0.1.0',
  address: '127.0.0.1:7233',
  namespace: 'default',
  uiUrl: 'http://127.0.0.1:8233',
  metricsUrl: 'http://127.0.0.1:9/metrics',
};

describe('processes', () => {
  it('are told apart from a later one with the same number', () => {
    const own = processRef(process.pid);
    expect(own).not.toBeNull();
    if (own === null) return;
    expect(isAlive(own)).toBe(true);
    expect(isAlive({ ...own, startTime: 'earlier/1' })).toBe(false);
  });

  it('end by SIGTERM, or else by SIGKILL', async () => {
    const stubborn = spawn(process.execPath, [
      '-e',
      "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)",
    ]);
    await once(stubborn.stdout, 'data');
    const ref = processRef(stubborn.pid ?? 0);
    if (ref === null) throw new Error('it did not start');
    expect(await endProcess(ref, 200)).toBe(false);
    expect(isAlive(ref)).toBe(false);
  });
});

describe('lock', () => {
  it('keeps a second process out, and is free when its holder is killed', async () => {
    const holder = spawn('flock', [layout.lockFile, 'sh', '-c', 'echo locked; exec sleep 60'], {
      detached: true,
    });
    await once(holder.stdout, 'data');
    expect(takeLock(layout.lockFile)).toBe(false);
    // The whole group: flock and the program that inherited the lock from it.
    process.kill(-(holder.pid ?? NaN), 'SIGKILL');
    await once(holder, 'close');
    expect(takeLock(layout.lockFile)).toBe(true);
  });
});

describe('endpoint file', () => {
  it('is believed while its process runs', () => {
    const own = processRef(process.pid);
    if (own === null) throw new Error('no /proc');
    writeEndpoint(layout, { ...own, ...endpoint });
    expect(readEndpoint(layout)).toMatchObject({ pid: process.pid, address: '127.0.0.1:7233' });
  });

  it('of a process that is gone counts as none', () => {
    writeEndpoint(layout, { pid: process.pid, startTime: 'another-boot/1', ...endpoint });
    expect(readEndpoint(layout)).toBeNull();
  });

  it('that is damaged is an error', () => {
    writeFileSync(layout.serviceFile, '{');
    expect(() => readEndpoint(layout)).toThrow(expect.objectContaining({ code: 'E-STATE-DIR' }));
  });
});

it('a port that is taken is not chosen', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await choosePort(port)).not.toBe(port);
  taken.close();
  await once(taken, 'close');
  expect(await choosePort(port)).toBe(port);
});

describe('Temporal CLI', () => {
  it('is the one on PATH before any other', () => {
    writeFileSync(join(dir, 'temporal'), '', { mode: 0o755 });
    expect(findTemporalCli({ PATH: `/nowhere:${dir}` })).toBe(join(dir, 'temporal'));
  });
});

it('the log is told as a person reads it', () => {
  const log = join(dir, 'log', 'service.log');
  writeFileSync(
    log,
    'plain\n{"time":0,"msg":"the workers gave up","err":{"message":"no route"}}\n{"time":1000,"msg":"ready"}\n',
  );
  expect(lastLogLines(log, 2)).toEqual(['00:00:00 the workers gave up: no route', '00:00:01 ready']);
  expect(lastLogLines(join(dir, 'none'), 2)).toEqual([`(no log at ${join(dir, 'none')})`]);
});
