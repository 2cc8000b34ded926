import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/**
 * Reads a part of a file that QEMU's user could have replaced by anything: no link is followed, no FIFO waited for.
 * Empty where there is no such file.
 *
 * @param from first byte; a negative one counts from the end
 */
export async function readGuestFile(file: string, from: number, maximumBytes: number): Promise<Buffer> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return Buffer.alloc(0);
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return Buffer.alloc(0);
    const start = from < 0 ? Math.max(0, stats.size + from) : from;
    const buffer = Buffer.alloc(Math.max(0, Math.min(maximumBytes, stats.size - start)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Text of a terminal without its control sequences. */
export function plainText(bytes: Buffer): string {
  return bytes
    .toString('utf8')
    .replace(/\x1b(\[[0-9;?=]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78cM])/g, '')
    .replace(/[^\n\t\x20-\x7e\u00a0-\uffff]/g, '');
}
