import { readFile, statfs } from 'node:fs/promises';
import { allocatedBytes, promisedToOthers, readLedger } from '../space/ledger.js';
import type { ReceiverSettings } from './layout.js';
import type { Pump } from './pump.js';
import { writeOut } from './writeOut.js';

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
    if (error !== null) return { kind: 'lost', message: error };
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

function mib(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)} MiB`;
}
