import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/**
 * Opens a file that QEMU's user could have replaced by anything: no link is followed, no FIFO waited for. Null where
 * there is no such file.
 */
export async function openGuestFile(file: string): Promise<FileHandle | null> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return null;
}

/**
 * Reads a part of a guest's file; empty where there is no such file.
 *
 * @param from first byte; a negative one counts from the end
 */
export async function readGuestFile(file: string, from: number, maximumBytes: number): Promise<Buffer> {
  const handle = await openGuestFile(file);
  if (handle === null) return Buffer.alloc(0);
  try {
    const { size } = await handle.stat();
    const start = from < 0 ? Math.max(0, size + from) : from;
    const buffer = Buffer.alloc(Math.max(0, Math.min(maximumBytes, size - start)));
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
