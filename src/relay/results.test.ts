import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ServerResult } from '../model/job.js';
import { jobPaths } from './paths.js';
import { keepResult } from './results.js';

const job = { migration: 'm', server: 's', number: 2 };
const result = { name: 's', job: 'job/m/s/2', status: 'Finished' } as ServerResult;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fleetlift-results-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('lies beside the images of the job, and makes no folder for a job that left none', async () => {
  const relay = { name: 'local', dir, port: 8703, address: '127.0.0.1' };
  const folder = jobPaths(relay, job).job;
  await keepResult(relay, job, result);
  await expect(readFile(join(folder, 'result.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  await mkdir(folder, { recursive: true });
  await keepResult(relay, job, result);
  expect(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'))).toEqual(result);
});
