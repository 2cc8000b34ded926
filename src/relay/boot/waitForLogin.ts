import { createConnection } from 'node:net';
import { delay } from '../../delay.js';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { readIfExists } from '../files.js';
import { isAlive, type ProcessRecord } from '../processRecord.js';
import type { BootFiles } from './bootFolders.js';
import { bootFailure } from './bootFailures.js';
import { plainText, readGuestFile } from './guestFiles.js';
import { GUEST_ADDRESS } from './qemuArguments.js';

export interface WaitOptions {
  /** On {@link GUEST_ADDRESS}. */
  readonly port: number;
  /** Milliseconds that the guest has. */
  readonly deadlineMs: number;
  /** For messages, e.g. `web1 under bios`. */
  readonly about: string;
  readonly signal?: AbortSignal | undefined;
}

/** More on a serial line than this is no boot. */
const MAXIMUM_SERIAL_BYTES = 64 * 1024 * 1024;

/**
 * Waits until the guest's sshd greets through the forwarded port, or its serial line tells that it never will.
 *
 * @throws FleetliftError E-BOOT-TIMEOUT with the end of the serial log, E-BOOT-QEMU where QEMU itself failed
 */
export async function waitForLogin(
  files: BootFiles,
  qemu: ProcessRecord,
  options: WaitOptions,
): Promise<void> {
  const end = Date.now() + options.deadlineMs;
  let seen = 0;
  let before = '';
  for (;;) {
    options.signal?.throwIfAborted();
    if (await greets(options.port)) return;
    const more = await readGuestFile(files.serialLog, seen, 1024 * 1024);
    seen += more.length;
    const text = before + plainText(more);
    // A message may be cut by where the last look ended.
    before = text.slice(-200);
    const failure = bootFailure(text);
    if (failure !== null) throw await gaveUp(files, options, failure);
    if (seen > MAXIMUM_SERIAL_BYTES) throw await gaveUp(files, options, 'it floods its serial line');
    if (!(await isAlive(qemu))) throw await ended(files, options);
    if (Date.now() >= end) {
      throw await gaveUp(files, options, `no SSH answer within ${Math.round(options.deadlineMs / 1000)} s`);
    }
    await delay(250, options.signal);
  }
}

/** Whether somebody answers as an SSH server; QEMU itself takes every connection, also before the guest listens. */
async function greets(port: number): Promise<boolean> {
  const socket = createConnection({ host: GUEST_ADDRESS, port });
  socket.setTimeout(2000, () => socket.destroy());
  return new Promise<boolean>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.length < 4) return;
      resolve(text.startsWith('SSH-'));
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

async function gaveUp(files: BootFiles, options: WaitOptions, why: string): Promise<FleetliftError> {
  const tail = plainText(await readGuestFile(files.serialLog, -2048, 2048)).trim();
  return new FleetliftError('E-BOOT-TIMEOUT', {
    message: `the image of ${options.about} did not boot: ${why}; its serial log ends:\n${tail}`,
  });
}

async function ended(files: BootFiles, options: WaitOptions): Promise<FleetliftError> {
  const said = ((await readIfExists(files.qemuLog)) ?? '').trim();
  if (said === '') return gaveUp(files, options, 'it switched itself off');
  return new FleetliftError('E-BOOT-QEMU', {
    message: `QEMU ended while ${options.about} booted: ${said.slice(-1024)}`,
  });
}
