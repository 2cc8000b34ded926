import { constants } from 'node:fs';
import { chmod, copyFile, lchown, lstat, mkdir, open, rename, rm, symlink } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import { runTool } from '../../runTool.js';
import { requireFile, ServerTree } from './ServerTree.js';
import type { ResolvedPath } from './resolve.js';

/** Where the source's own settings are kept that a rule replaced. */
export const SAVED_FOLDER = '/etc/fleetlift/saved';

/**
 * Changes a server's tree, and remembers which rule touched which path. A file is replaced by a rename, so that a hard
 * link to the old one keeps the old content; folders keep their time.
 */
export class TreeEditor extends ServerTree {
  /** Reason by canonical path of all that was touched. */
  readonly touched = new Map<string, string>();
  /** Reason given to what is touched next. */
  reason = '';

  /**
   * Writes a file; a link in its place is followed inside the tree. Mode, owner and extended attributes of what it
   * replaces stay.
   *
   * @param mode of a file that is new
   * @throws FleetliftError E-IMAGE-TREE where something other than a file lies there
   */
  async write(path: string, text: string, mode = 0o644): Promise<void> {
    await this.replace(path, mode, async (temporary) => {
      const handle = await open(temporary, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW);
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
    });
  }

  /** Puts a copy of a file of the relay there, as {@link write} does. */
  async writeCopy(path: string, file: string, mode: number): Promise<void> {
    await this.replace(path, mode, (temporary) => copyFile(file, temporary));
  }

  /** Keeps a copy of a file below {@link SAVED_FOLDER}; nothing happens where there is none, or one is kept already. */
  async save(path: string): Promise<void> {
    const place = await this.resolve(path);
    if (place.stats?.isFile() !== true) return;
    const copy = posix.join(SAVED_FOLDER, path);
    if ((await this.resolve(copy)).stats !== null) return;
    await this.writeCopy(copy, place.hostPath, place.stats.mode & 0o777);
  }

  /**
   * Changes the text of a file, and keeps the former one as {@link save} does; nothing happens where there is none, or
   * nothing to change.
   *
   * @throws FleetliftError E-IMAGE-TREE where something other than a file of settings lies there
   */
  async edit(path: string, change: (text: string) => string): Promise<void> {
    const text = await this.readText(path);
    const changed = text === null ? null : change(text);
    if (changed === null || changed === text) return;
    await this.save(path);
    await this.write(path, changed);
  }

  /** Removes a file or link, which is not followed; nothing happens where there is none. */
  async remove(path: string): Promise<void> {
    const place = await this.resolve(path, { followLast: false });
    if (place.stats === null) return;
    if (place.stats.isDirectory()) throw notAFile(path);
    await this.keepingTime(place, () => rm(place.hostPath));
    this.touched.set(place.path, this.reason);
  }

  /** Makes a link, in place of any file or link there. */
  async link(path: string, target: string): Promise<void> {
    await this.makeFolder(posix.dirname(path));
    await this.remove(path);
    const place = await this.resolve(path, { followLast: false });
    await this.keepingTime(place, () => symlink(target, place.hostPath));
    this.touched.set(place.path, this.reason);
  }

  /** Makes a folder where there is none, and those above it, which get mode 755. */
  async makeFolder(path: string, mode = 0o755): Promise<void> {
    const place = await this.resolve(path);
    if (place.stats?.isDirectory() === true) return;
    if (place.stats !== null) throw notAFile(path);
    await this.makeFolder(posix.dirname(place.path));
    await this.keepingTime(place, () => mkdir(place.hostPath, mode));
    await chmod(place.hostPath, mode);
    await inheritLabel(place.hostPath);
    this.touched.set(place.path, this.reason);
  }

  private async replace(
    path: string,
    mode: number,
    fill: (temporary: string) => Promise<void>,
  ): Promise<void> {
    const first = await this.resolve(path);
    await this.makeFolder(posix.dirname(first.path));
    const place = await this.resolve(path);
    if (place.stats !== null) requireFile(path, place);
    await this.keepingTime(place, async () => {
      const temporary = posix.join(posix.dirname(place.hostPath), `.fleetlift-${randomUUID()}`);
      await (await open(temporary, 'wx', 0o600)).close();
      await fill(temporary);
      await takeAttributes(temporary, place, mode);
      await rename(temporary, place.hostPath);
    });
    this.touched.set(place.path, this.reason);
  }

  /** Changes something in a folder, and gives the folder its time back: it is the server's, not ours. */
  private async keepingTime(place: ResolvedPath, change: () => Promise<void>): Promise<void> {
    const folder = posix.dirname(place.hostPath);
    const { mtimeNs } = await lstat(folder, { bigint: true });
    await change();
    // Node's utimes rounds to microseconds.
    const [seconds, rest] = [mtimeNs / 1_000_000_000n, mtimeNs % 1_000_000_000n];
    await runTool('touch', ['-m', '--date', `@${seconds}.${String(rest).padStart(9, '0')}`, '--', folder]);
  }
}

async function takeAttributes(temporary: string, place: ResolvedPath, mode: number): Promise<void> {
  if (place.stats === null) {
    await lchown(temporary, 0, 0);
    await chmod(temporary, mode);
    await inheritLabel(temporary);
    return;
  }
  // --attributes-only empties nothing: it gives the new file the old one's owner, mode, ACL and extended attributes.
  await runTool('cp', [
    '--attributes-only',
    '--no-dereference',
    '--preserve=mode,ownership,xattr',
    '--',
    place.hostPath,
    temporary,
  ]);
}

/** A new file takes its folder's SELinux label, as the kernel itself would have given it: without one it may stop a boot. */
async function inheritLabel(hostPath: string): Promise<void> {
  const name = 'security.selinux';
  const folder = posix.dirname(hostPath);
  const asked = await runTool('getfattr', ['--absolute-names', '-h', '--only-values', '-n', name, folder], {
    accept: [0, 1],
  });
  const label = asked.stdout.replace(/\0$/, '');
  if (asked.exitCode !== 0 || label === '') return;
  await runTool('setfattr', ['-h', '-n', name, '-v', label, hostPath]);
}

function notAFile(path: string): FleetliftError {
  return new FleetliftError('E-IMAGE-TREE', {
    message: `${path} in the server's tree is not what it must be`,
  });
}
