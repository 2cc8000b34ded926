import { execFile } from 'node:child_process';
import { readFile, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { allocatedBytes, promisedToOthers, readLedger } from '../space/ledger.js';
import type { ReceiverSettings } from './layout.js';
import type { Pump } from './pump.js';

export type Room =
  | { readonly kind: 'enough' }
  /** The relay's disk is as good as full; what was received so far lies on it. */
  | { readonly kind: 'full'; readonly message: string }
  /** Received bytes could not be written out. */
  | { readonly kind: 'lost'; readonly message: string };

/**
 * Whether a receiver must stop. Free space alone is no measure: gigabytes may wait in the page cache, and would be lost
 * when they do not fit. So where what waits on this machine could take the last room, the connection is held and the
 * replica written out before it is judged.
 */
export async function lacksRoom(
  job: string,
  settings: ReceiverSettings,
  holderPid: number,
  inward: Pump,
): Promise<Room> {
  const free = await freeBytesOf(settings.relayDir);
  if (free - (await unwrittenBytes()) >= settings.marginBytes) return judge(job, settings, free);
  const letGo = inward.hold();
  try {
    const error = await writeOut(job, holderPid);
    if (error !== null) return { kind: 'lost', message: `received bytes could not be written out: ${error}` };
    return await judge(job, settings, await freeBytesOf(settings.relayDir));
  } finally {
    letGo();
  }
}

/** A job within its reservation may use all but the margin; one beyond it, only what is promised to nobody. */
async function judge(job: string, settings: ReceiverSettings, free: number): Promise<Room> {
  if (free < settings.marginBytes) {
    return {
      kind: 'full',
      message: `${mib(free)} are free in ${settings.relayDir}, and ${mib(settings.marginBytes)} must stay free`,
    };
  }
  const ledger = await readLedger(settings.relayDir);
  const reserved = ledger[job];
  if (reserved === undefined || Object.keys(ledger).length === 1) return { kind: 'enough' };
  const others = await promisedToOthers(ledger, job);
  if (free - others >= settings.marginBytes || (await allocatedBytes(job)) <= reserved)
    return { kind: 'enough' };
  return {
    kind: 'full',
    message: `the job took more than the ${mib(reserved)} reserved for it, and the rest of ${settings.relayDir} is promised to others`,
  };
}

async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** What the machine's page cache has still to write, on all disks: an upper bound of what this one has to take. */
async function unwrittenBytes(): Promise<number> {
  const table = await readFile('/proc/meminfo', 'utf8');
  return [...table.matchAll(/^(?:Dirty|Writeback):\s+(\d+) kB$/gm)].reduce(
    (sum, match) => sum + Number(match[1]) * 1024,
    0,
  );
}

/** Writes the replica's filesystems out; answers what went wrong, null: nothing. */
async function writeOut(job: string, holderPid: number): Promise<string | null> {
  const mnt = join(job, 'mnt');
  const targets = (await readdir(mnt)).map((name) => join(mnt, name));
  const enter = ['-t', String(holderPid), '-m', '-p', '--'];
  try {
    await promisify(execFile)('nsenter', [...enter, 'sync', '--file-system', ...targets]);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function mib(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)} MiB`;
}
