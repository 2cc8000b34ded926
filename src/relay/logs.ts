import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { LogEnds, LogText } from '../model/activities.js';
import type { Firmware } from '../model/fleet.js';
import type { JobRef } from '../model/job.js';
import { bootFiles, evidenceFolder } from './boot/bootFolders.js';
import { openGuestFile } from './boot/guestFiles.js';
import { jobPaths } from './paths.js';
import type { RelayContext } from './types.js';

/** Of a long log only its end is shown: the answer travels through Temporal, whose payloads end at 2 MB. */
const TEXT_BYTES = 128 * 1024;
/** Text that an operator reads; disks, images and screenshots are not. */
const LOG_FILE = /\.(log|txt)$/;
const FIRMWARES: readonly Firmware[] = ['bios', 'uefi'];

/** A job's log files on its relay, the end of each; none where the job has no folder yet. */
export async function readJobLogs(relay: RelayContext, job: JobRef): Promise<LogText[]> {
  const texts = await Promise.all(
    (await logFiles(relay, job)).map(({ name, file }) =>
      readText(name, file, (size) => Math.max(0, size - TEXT_BYTES)),
    ),
  );
  return texts.flat();
}

/** What a job's logs have besides the bytes that are known; a log that became shorter begins anew. */
export async function newLogText(relay: RelayContext, job: JobRef, known: LogEnds): Promise<LogText[]> {
  const texts = await Promise.all(
    (await logFiles(relay, job)).map(({ name, file }) => {
      const end = known[name] ?? 0;
      return readText(name, file, (size) => (size < end ? 0 : end));
    }),
  );
  return texts.flat().filter(({ text }) => text !== '');
}

interface LogFile {
  /** Relative to the job's folder. */
  readonly name: string;
  readonly file: string;
}

async function logFiles(relay: RelayContext, job: JobRef): Promise<LogFile[]> {
  const paths = jobPaths(relay, job);
  const files = await Promise.all([paths.log, paths.boot].map(filesBelow));
  const kept = files
    .flat()
    .filter((file) => LOG_FILE.test(file))
    .map((file) => ({ name: relative(paths.job, file), file }));
  // What an earlier boot left is no news while another runs.
  const consoles = (await Promise.all(FIRMWARES.map((one) => consoleOf(relay, job, one)))).flat();
  return [...kept.filter(({ name }) => !consoles.some((one) => one.name === name)), ...consoles];
}

/** The serial console of a boot that runs, by the name that it has once the boot has ended. */
async function consoleOf(relay: RelayContext, job: JobRef, firmware: Firmware): Promise<LogFile[]> {
  const { serialLog } = bootFiles(relay, job, firmware);
  const there = await lstat(serialLog).catch(() => null);
  if (!there?.isFile()) return [];
  const name = relative(jobPaths(relay, job).job, join(evidenceFolder(relay, job, firmware), 'serial.log'));
  return [{ name, file: serialLog }];
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

/**
 * At most {@link TEXT_BYTES} of a file, from a place that depends on its size, up to a whole character; nothing where it
 * has gone, as a console does with its boot.
 */
async function readText(name: string, path: string, from: (size: number) => number): Promise<LogText[]> {
  const file = await openGuestFile(path);
  if (file === null) return [];
  try {
    const { size } = await file.stat();
    const start = from(size);
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size - start, TEXT_BYTES)),
      position: start,
    });
    const whole = buffer.subarray(0, wholeCharacters(buffer.subarray(0, bytesRead)));
    return [{ name, text: whole.toString('utf8'), end: start + whole.length }];
  } finally {
    await file.close();
  }
}

/** Bytes without a UTF-8 character that is not complete yet; what is no UTF-8 counts as complete. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
