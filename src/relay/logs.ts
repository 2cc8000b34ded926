import { open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { LogText } from '../model/activities.js';
import type { JobRef } from '../model/job.js';
import { jobPaths } from './paths.js';
import type { RelayContext } from './types.js';

/** Of a long log only its end is shown: the answer travels through Temporal, whose payloads end at 2 MB. */
const TAIL_BYTES = 128 * 1024;
/** Text that an operator reads; disks, images and screenshots are not. */
const LOG_FILE = /\.(log|txt)$/;

/** A job's log files on its relay, the end of each; none where the job has no folder yet. */
export async function readJobLogs(relay: RelayContext, job: JobRef): Promise<LogText[]> {
  const paths = jobPaths(relay, job);
  const logs: LogText[] = [];
  for (const folder of [paths.log, paths.boot]) {
    for (const file of await filesBelow(folder)) {
      if (LOG_FILE.test(file)) logs.push({ name: relative(paths.job, file), text: await tail(file) });
    }
  }
  return logs;
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function tail(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size, TAIL_BYTES)),
      position: start,
    });
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}
