import { createWriteStream } from 'node:fs';
import { constants, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { INITRAMFS, INITRAMFS_BYTES, INITRAMFS_FILE } from '../../model/plan.js';
import { INITRAMFS_DISK } from '../replica/extraDisks.js';
import { withMountedTree, type MountTreeOptions } from './tree/mountTree.js';

/**
 * Copies the initramfs that was built on the source from the disk that received it. Only a regular file is taken, and no
 * link is followed: a source may have sent anything there.
 *
 * @throws FleetliftError E-IMAGE-TREE where it is missing or not what it must be; E-RELAY-DISK
 */
export async function takeInitramfs(options: Omit<MountTreeOptions, 'readOnly'>, to: string): Promise<void> {
  const plan = { ...options.plan, disks: [INITRAMFS_DISK] };
  await withMountedTree({ ...options, plan, readOnly: true }, async ({ filesystems }) => {
    const handle = await openReceived(join(filesystems.get(INITRAMFS) ?? '', INITRAMFS_FILE));
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw refused('is not a file');
      if (stats.size === 0 || stats.size > INITRAMFS_BYTES) throw refused(`has ${stats.size} bytes`);
      await pipeline(
        handle.createReadStream({ autoClose: false }),
        createWriteStream(to, { flags: 'wx', mode: 0o600 }),
        options.signal === undefined ? {} : { signal: options.signal },
      );
    } finally {
      await handle.close();
    }
  });
}

/** Not blocking: a FIFO in its place would keep us waiting for ever. */
async function openReceived(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw refused('did not arrive');
    throw refused(`cannot be read (${code ?? String(error)})`);
  }
}

function refused(what: string): FleetliftError {
  return new FleetliftError('E-IMAGE-TREE', {
    message: `the initramfs that was built on the source ${what}`,
  });
}
