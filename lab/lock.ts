import { readFile, rm, writeFile } from 'node:fs/promises';
import { identify, isAlive, type ProcessIdentity } from './process.js';

/** Addresses and names of the lab are the machine's, so one lock serves every checkout. */
const LOCK = '/run/fleetlift-lab.lock';

/** Runs `work` while no other process makes or removes a lab on this machine; fails at once where one does. */
export async function withLabLock<T>(work: () => Promise<T>): Promise<T> {
  const self = await identify(process.pid);
  if (self === null) throw new Error('/proc does not show this process');
  await take(self);
  try {
    return await work();
  } finally {
    await rm(LOCK, { force: true });
  }
}

async function take(self: ProcessIdentity): Promise<void> {
  try {
    await writeFile(LOCK, JSON.stringify(self), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = await readHolder();
    if (holder !== null && (await isAlive(holder))) {
      throw new Error(`process ${holder.pid} is making or removing a lab on this machine: wait for it`, {
        cause: error,
      });
    }
    await rm(LOCK, { force: true });
    await take(self);
  }
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
