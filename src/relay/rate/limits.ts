/** The limits of a job's transfer, in a file that its wrapper reads again and again, so that they change in flight. */
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TransferLimits } from '../../model/transfer.js';
import { readIfExists, writeAtomically } from '../files.js';
import { livingConnections } from '../receiver/connections.js';
import { fairShare, type Sender } from './fairShare.js';

const BYTES_PER_MEGABIT = 1e6 / 8;

export async function writeLimits(receiver: string, limits: TransferLimits): Promise<void> {
  await mkdir(receiver, { recursive: true, mode: 0o700 });
  await writeAtomically(limitsFile(receiver), JSON.stringify(limits));
}

/**
 * Bytes a second that a job may have now: its own cap, and its fair part of its migration's. Null: no limit.
 *
 * @param job - Its folder, `…/jobs/<migration>/<server>/<n>`.
 */
export async function currentRate(job: string): Promise<number | null> {
  const own = await readLimits(join(job, 'receiver'));
  if (own.migrationMbps === null) return fairShare(null, senderOf(own), []);
  const others: Sender[] = [];
  for (const folder of await jobsOfMigration(dirname(dirname(job)))) {
    const receiver = join(folder, 'receiver');
    if (folder === job || !(await sends(receiver))) continue;
    others.push(senderOf(await readLimits(receiver)));
  }
  return fairShare(own.migrationMbps * BYTES_PER_MEGABIT, senderOf(own), others);
}

async function readLimits(receiver: string): Promise<TransferLimits> {
  const text = await readIfExists(limitsFile(receiver));
  return text === null ? { serverMbps: null, migrationMbps: null } : (JSON.parse(text) as TransferLimits);
}

function senderOf({ serverMbps }: TransferLimits): Sender {
  return { cap: serverMbps === null ? null : serverMbps * BYTES_PER_MEGABIT };
}

/** A look at others must not make their folders. */
async function sends(receiver: string): Promise<boolean> {
  return (
    (await readIfExists(limitsFile(receiver))) !== null && (await livingConnections(receiver)).length > 0
  );
}

async function jobsOfMigration(folder: string): Promise<string[]> {
  const servers = await foldersIn(folder);
  return (await Promise.all(servers.map(foldersIn))).flat();
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  } catch (error) {
    // A job may be deleted while it is looked at.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function limitsFile(receiver: string): string {
  return join(receiver, 'limits.json');
}
