import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { ImageFormat, ImageSettings } from '../../model/fleet.js';
import { runTool, type RunOptions } from '../runTool.js';

/** Ending of an image's file by format, as the tools that take them expect it. */
export const EXTENSION: Readonly<Record<ImageFormat, string>> = {
  qcow2: 'qcow2',
  raw: 'raw',
  vpc: 'vhd',
  vmdk: 'vmdk',
};

/** What an image is made as. */
export type ConvertTarget = Pick<ImageSettings, 'format' | 'subformat'>;

/**
 * Makes the image of one disk: converted, compared with what it was made from, and only then under its name.
 *
 * @throws FleetliftError E-IMAGE-CONVERT, E-RELAY-TOOL
 */
export async function convertDisk(
  from: string,
  to: string,
  target: ConvertTarget,
  options: RunOptions,
): Promise<{ fileBytes: number; sha256: string }> {
  const { format } = target;
  const temporary = `${to}.new`;
  await rm(temporary, { force: true });
  try {
    const words = ['-f', 'raw', '-O', format, ...formatOptions(target), from, temporary];
    await runTool('qemu-img', ['convert', ...words], options);
    await runTool('qemu-img', ['compare', '-f', 'raw', '-F', format, from, temporary], options);
  } catch (error) {
    await rm(temporary, { force: true });
    if (!(error instanceof FleetliftError) || error.code !== 'E-RELAY-DISK') throw error;
    throw new FleetliftError('E-IMAGE-CONVERT', { message: error.message, cause: error });
  }
  // QEMU's own user reads it at a boot; the folder above is closed to others.
  await chmod(temporary, 0o644);
  await flush(temporary);
  const sha256 = await sha256Of(temporary, options.signal);
  await rename(temporary, to);
  return { fileBytes: (await stat(to)).size, sha256 };
}

/**
 * force_size keeps a VHD's size to the byte, where it would be rounded to old disk geometry: planned disks have whole MiB,
 * which Azure wants of a fixed one.
 */
function formatOptions({ format, subformat = 'dynamic' }: ConvertTarget): readonly string[] {
  switch (format) {
    case 'qcow2':
    case 'raw':
      return [];
    case 'vpc':
      return ['-o', `subformat=${subformat},force_size=on`];
    case 'vmdk':
      return ['-o', 'subformat=streamOptimized'];
  }
}

/** An error that the relay's disk kept back comes out here. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sha256Of(file: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(
    createReadStream(file, { highWaterMark: 1024 * 1024 }),
    hash,
    signal === undefined ? {} : { signal },
  );
  return hash.digest('hex');
}
