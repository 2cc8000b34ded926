import { mkdir, statfs } from 'node:fs/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { RoomAnswer, RoomWish } from '../../model/activities.js';
import type { JobRef } from '../../model/job.js';
import { WAITS_FOR_ROOM } from '../../model/room.js';
import { withLock } from '../lock.js';
import { jobPaths } from '../paths.js';
import type { RelayContext } from '../types.js';
import {
  allocatedBytes,
  ledgerFile,
  promisedToOthers,
  readLedger,
  writeLedger,
  type Ledger,
} from './ledger.js';
import { MARGIN_BYTES } from './margin.js';
import { turnsNow } from './turns.js';

/** Bytes that a process without privileges may still write below a folder. */
export async function freeBytes(dir: string): Promise<number> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** Bytes that the disk of a relay's folder could give to one job, were nothing else on it. */
export async function capacityBytes(dir: string): Promise<number> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { blocks, bfree, bavail, bsize } = await statfs(dir);
  // What is kept for root is in neither figure.
  return Math.max(0, (blocks - (bfree - bavail)) * bsize - MARGIN_BYTES);
}

/**
 * Reserves room for a job, or changes what it had reserved. What it has written already is counted in. Where there is
 * no room now, nothing changes, and the answer says why.
 *
 * @throws FleetliftError E-RELAY-SPACE where the disk could never hold it; E-RELAY-FULL where something else has taken
 *   what the job had reserved
 */
export async function reserve(relay: RelayContext, job: JobRef, bytes: number): Promise<RoomAnswer> {
  const folder = jobPaths(relay, job).job;
  return withLock(`${ledgerFile(relay.dir)}.lock`, async () => {
    const capacity = await capacityBytes(relay.dir);
    if (bytes > capacity) {
      throw new FleetliftError('E-RELAY-SPACE', {
        message: `${job.server} needs ${gib(bytes)}, and the disk of ${relay.dir} on relay ${relay.name} can give ${gib(capacity)} at most`,
      });
    }
    const ledger = await readLedger(relay.dir);
    const room = await roomFor(relay, ledger, folder, bytes);
    if (room.needed > room.free - room.promised) {
      if ((ledger[folder] ?? 0) < bytes)
        return { reserved: false, neededBytes: bytes, reason: whyNot(relay, room) };
      throw new FleetliftError('E-RELAY-FULL', {
        message: `something else has taken what ${job.server} had reserved on relay ${relay.name}: it ${needs(relay, room)}`,
      });
    }
    // A reservation belongs to a job that has a folder: others are forgotten when the relay starts.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeLedger(relay.dir, { ...ledger, [folder]: bytes });
    return { reserved: true };
  });
}

/**
 * Looks whether there is room for jobs that wait for it, and whether it is their turn, in their order; what one could
 * have, the next cannot. Reserves nothing: a job may have been given up meanwhile, and nobody would give it back.
 *
 * @returns for each, why it has to wait; null: it has not
 */
export async function lookForRoom(
  relay: RelayContext,
  wishes: readonly RoomWish[],
): Promise<(string | null)[]> {
  return withLock(`${ledgerFile(relay.dir)}.lock`, async () => {
    const ledger = await readLedger(relay.dir);
    const turns = await turnsNow(relay);
    const answers: (string | null)[] = [];
    let given = 0;
    for (const { job, bytes } of wishes) {
      const room = await roomFor(relay, ledger, jobPaths(relay, job).job, bytes);
      const promised = room.promised + given;
      const fits = room.needed <= room.free - promised;
      const reason = turns.whyNot(job) ?? (fits ? null : whyNot(relay, { ...room, promised }));
      answers.push(reason);
      if (reason !== null) continue;
      given += room.needed;
      turns.give(job);
    }
    return answers;
  });
}

/** All without the margin, bytes. */
interface Room {
  /** What the job has still to write. */
  readonly needed: number;
  readonly free: number;
  /** Of what is free, what other jobs have reserved and not written yet. */
  readonly promised: number;
}

async function roomFor(relay: RelayContext, ledger: Ledger, folder: string, bytes: number): Promise<Room> {
  return {
    needed: Math.max(0, bytes - (await allocatedBytes(folder))),
    free: Math.max(0, (await freeBytes(relay.dir)) - MARGIN_BYTES),
    promised: await promisedToOthers(ledger, folder),
  };
}

function whyNot(relay: RelayContext, room: Room): string {
  return `${WAITS_FOR_ROOM} on relay ${relay.name}: ${needs(relay, room)}`;
}

function needs(relay: RelayContext, { needed, free, promised }: Room): string {
  const others = promised === 0 ? '' : `, of which ${gib(promised)} are promised to other jobs`;
  return `needs ${gib(needed)}, ${gib(free)} free in ${relay.dir}${others}`;
}

/** Gives a job's reservation back. */
export async function unreserve(relay: RelayContext, job: JobRef): Promise<void> {
  const folder = jobPaths(relay, job).job;
  await forget(relay.dir, (one) => one !== folder);
}

/** Forgets reservations of jobs whose folder is gone; answers those folders. */
export async function forget(relayDir: string, keep: (folder: string) => boolean): Promise<string[]> {
  return withLock(`${ledgerFile(relayDir)}.lock`, async () => {
    const entries = Object.entries(await readLedger(relayDir));
    const gone = entries.filter(([folder]) => !keep(folder)).map(([folder]) => folder);
    if (gone.length > 0) {
      await writeLedger(relayDir, Object.fromEntries(entries.filter(([folder]) => keep(folder))));
    }
    return gone;
  });
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
