import { readFile, rm, writeFile } from 'node:fs/promises';
import { identify, isAlive, type ProcessIdentity } from './process.js';
import { waitFor } from './waitFor.js';

/** Addresses and names of the lab are the machine's, so one lock serves every checkout. */
const LOCK = '/run/fleetlift-lab.lock';

/** Making ten servers takes half a minute, a first base tree two. */
const TIMEOUT_MS = 600_000;

/** Runs `work` while no other process makes or removes a lab on this machine; waits for one that does. */
export async function withLabLock<T>(work: () => Promise<T>): Promise<T> {
  const self = await identify(process.pid);
  if (self === null) throw new Error('/proc does not show this process');
  await waitFor(`another process to finish with the lab (${LOCK})`, TIMEOUT_MS, () => take(self));
  try {
    return await work();
  } finally {
    await rm(LOCK, { force: true });
  }
}

/** @returns whether the lock is ours now */
async function take(self: ProcessIdentity): Promise<boolean> {
  try {
    await writeFile(LOCK, JSON.stringify(self), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = await readHolder();
  if (holder === null || !(await isAlive(holder))) await rm(LOCK, { force: true });
  return false;
}

async function readHolder(): Promise<ProcessIdentity | null> {
  const text = await readFile(LOCK, 'utf8').catch(() => '');
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    // A holder that died while it wrote its name.
    return null;
  }
}
