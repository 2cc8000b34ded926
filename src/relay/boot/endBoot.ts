import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { BootResult } from '../../model/job.js';
import { readIfExists, writeAtomically } from '../files.js';
import { isAlive, signalRecord, type ProcessRecord } from '../processRecord.js';
import type { RelayContext } from '../types.js';
import { until } from '../until.js';
import { evidenceFolder, readBootRecord, readQemuProcess, type BootFiles } from './bootFolders.js';
import { closeDoorway } from './doorway.js';
import { readGuestFile } from './guestFiles.js';
import { INSIDE } from './qemuArguments.js';
import { qmp } from './qmp.js';

/** As much of a serial log is kept: its end. */
const KEPT_LOG_BYTES = 8 * 1024 * 1024;
const KEPT_SCREEN_BYTES = 16 * 1024 * 1024;

/** Boots that are being ended, by their folders. */
const ending = new Map<string, Promise<BootResult | null>>();

/**
 * Ends a boot, whoever started it: takes a screenshot while QEMU lives, keeps screenshot and logs in the job's folder,
 * kills QEMU, removes the overlays. Null where there was no boot with a record. Two at once are one, so that the second
 * does not keep what the first has removed.
 *
 * @throws FleetliftError E-BOOT-QEMU where QEMU does not die
 */
export async function endBoot(
  relay: RelayContext,
  files: BootFiles,
  booted: boolean,
): Promise<BootResult | null> {
  const underWay = ending.get(files.folder);
  if (underWay !== undefined) return underWay;
  const end = endOnce(relay, files, booted).finally(() => ending.delete(files.folder));
  ending.set(files.folder, end);
  return end;
}

async function endOnce(relay: RelayContext, files: BootFiles, booted: boolean): Promise<BootResult | null> {
  closeDoorway(files.folder);
  const record = await readBootRecord(files);
  const qemu = await readQemuProcess(files);
  const shot = qemu === null ? 'there was no QEMU' : await takeScreenshot(qemu);
  if (qemu !== null) await kill(qemu);
  if (record === null) {
    await rm(files.folder, { recursive: true, force: true });
    return null;
  }
  const folder = evidenceFolder(relay, record.job, record.firmware);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const end = record.readyAt === null ? Date.now() : Date.parse(record.readyAt);
  const result: BootResult = {
    firmware: record.firmware,
    booted,
    seconds: Math.round((end - Date.parse(record.startedAt)) / 100) / 10,
    screenshot:
      shot === null ? await keep(files.screenshot, join(folder, 'screenshot.png'), KEPT_SCREEN_BYTES) : '',
    log: await keep(files.serialLog, join(folder, 'serial.log'), KEPT_LOG_BYTES),
  };
  const said = (await readIfExists(files.qemuLog)) ?? '';
  await writeFile(join(folder, 'qemu.log'), shot === null ? said : `${said}no screenshot: ${shot}\n`);
  await writeAtomically(join(folder, 'result.json'), JSON.stringify(result));
  await rm(files.folder, { recursive: true, force: true });
  return result;
}

/** Why there is no screenshot; null: there is one. It is evidence, and its lack is no reason to fail a boot. */
async function takeScreenshot(qemu: ProcessRecord): Promise<string | null> {
  if (!(await isAlive(qemu))) return 'QEMU had ended by itself';
  try {
    await qmp(qemu, 'screendump', { filename: `${INSIDE.guest}/screen.png`, format: 'png' });
    return null;
  } catch (error) {
    if (error instanceof FleetliftError) return error.message;
    throw error;
  }
}

/** The guest's disks are overlays that nobody will read: there is nothing to shut down in order. */
async function kill(qemu: ProcessRecord): Promise<void> {
  await signalRecord(qemu, 'SIGKILL');
  if (await until(async () => !(await isAlive(qemu)), { deadlineMs: 30_000 })) return;
  throw new FleetliftError('E-BOOT-QEMU', { message: `QEMU (pid ${qemu.pid}) does not end` });
}

/** Copies the end of a guest's file; the path of the copy, or nothing where there was none. */
async function keep(from: string, to: string, maximumBytes: number): Promise<string> {
  const bytes = await readGuestFile(from, -maximumBytes, maximumBytes);
  await rm(to, { force: true });
  if (bytes.length === 0) return '';
  await writeFile(to, bytes);
  await chmod(to, 0o600);
  return to;
}
