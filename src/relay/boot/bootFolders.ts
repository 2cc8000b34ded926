import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Firmware } from '../../model/fleet.js';
import { jobId, type JobRef } from '../../model/job.js';
import { readIfExists } from '../files.js';
import { jobPaths } from '../paths.js';
import { parseRecord, type ProcessRecord } from '../processRecord.js';
import type { RelayContext } from '../types.js';

/** What is written down of a boot before its QEMU starts; times are ISO 8601. */
export interface BootRecord {
  readonly job: JobRef;
  readonly firmware: Firmware;
  /** Of the guest's sshd, on the relay's loopback. */
  readonly port: number;
  /** The worker that started it: with it the boot loses its purpose. */
  readonly owner: ProcessRecord;
  readonly startedAt: string;
  /** When the guest's sshd answered; null: not yet. */
  readonly readyAt: string | null;
}

/** Files of a boot that runs. */
export interface BootFiles {
  /** Ours: record, QEMU's pid, its own output. */
  readonly folder: string;
  readonly record: string;
  readonly process: string;
  readonly qemuLog: string;
  /** Mount point inside QEMU's own namespace. */
  readonly root: string;
  /** Belongs to QEMU's user, and so is not believed: overlays, serial log, screenshot, EFI variables, QMP socket. */
  readonly guest: string;
  readonly serialLog: string;
  readonly screenshot: string;
}

/** Folder of all boots that run on a relay. */
export function bootsFolder(relay: RelayContext): string {
  return join(relay.dir, 'boots');
}

export function bootFiles(relay: RelayContext, job: JobRef, firmware: Firmware): BootFiles {
  const name = createHash('sha256')
    .update(`${jobId(job)} ${firmware}`)
    .digest('hex')
    .slice(0, 16);
  return filesIn(join(bootsFolder(relay), name));
}

/** Every boot of a relay that left a folder, running or not. */
export async function listBoots(relay: RelayContext): Promise<BootFiles[]> {
  try {
    const names = await readdir(bootsFolder(relay));
    return names
      .filter((name) => /^[0-9a-f]{16}$/.test(name))
      .map((name) => filesIn(join(bootsFolder(relay), name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Where the evidence of a boot is kept. */
export function evidenceFolder(relay: RelayContext, job: JobRef, firmware: Firmware): string {
  return join(jobPaths(relay, job).boot, firmware);
}

export async function readBootRecord(files: BootFiles): Promise<BootRecord | null> {
  const text = await readIfExists(files.record);
  return text === null ? null : (JSON.parse(text) as BootRecord);
}

/** QEMU's process as its launcher wrote it down; null: it never came to that. */
export async function readQemuProcess(files: BootFiles): Promise<ProcessRecord | null> {
  return parseRecord((await readIfExists(files.process)) ?? '');
}

function filesIn(folder: string): BootFiles {
  const guest = join(folder, 'guest');
  return {
    folder,
    record: join(folder, 'boot.json'),
    process: join(folder, 'process'),
    qemuLog: join(folder, 'qemu.log'),
    root: join(folder, 'root'),
    guest,
    serialLog: join(guest, 'serial.log'),
    screenshot: join(guest, 'screen.png'),
  };
}
