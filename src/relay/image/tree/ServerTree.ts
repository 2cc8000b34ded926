import { constants } from 'node:fs';
import { open, readdir, readlink } from 'node:fs/promises';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import { resolveInTree, type ResolvedPath, type ResolveOptions } from './resolve.js';
import { placeOf, type TreeMount } from './treeMount.js';

/** More than this in a configuration file is not a configuration file. */
const MAXIMUM_TEXT_BYTES = 4 * 1024 * 1024;

/** A server's tree on the relay, read without ever running, following or opening anything outside of it. */
export class ServerTree {
  constructor(readonly mounts: readonly TreeMount[]) {
    placeOf(mounts, '/');
  }

  /** @throws FleetliftError E-IMAGE-TREE (see {@link resolveInTree}) */
  async resolve(path: string, options: ResolveOptions = {}): Promise<ResolvedPath> {
    return resolveInTree(this.mounts, path, options);
  }

  async isFile(path: string): Promise<boolean> {
    return (await this.look(path))?.isFile() === true;
  }

  async isFolder(path: string): Promise<boolean> {
    return (await this.look(path))?.isDirectory() === true;
  }

  /** Target of a link; null where there is none. */
  async readLink(path: string): Promise<string | null> {
    const place = await this.resolve(path, { followLast: false });
    return place.stats?.isSymbolicLink() === true ? readlink(place.hostPath) : null;
  }

  /** Names in a folder, sorted; none where there is no folder. */
  async list(path: string): Promise<readonly string[]> {
    if (!(await this.isFolder(path))) return [];
    return (await readdir((await this.resolve(path)).hostPath)).sort();
  }

  /**
   * Text of a file; null where there is nothing.
   *
   * @throws FleetliftError E-IMAGE-TREE where something other than a file of at most 4 MiB lies there
   */
  async readText(path: string): Promise<string | null> {
    const place = await this.resolve(path);
    if (place.stats === null) return null;
    requireFile(path, place);
    if (place.stats.size > MAXIMUM_TEXT_BYTES) {
      throw new FleetliftError('E-IMAGE-TREE', {
        message: `${path} in the server's tree is larger than a settings file can be`,
      });
    }
    const handle = await open(
      place.hostPath,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  }

  /** What lies at a path; null too where the way to it is not one of folders: then nothing is there to be used. */
  private async look(path: string): Promise<ResolvedPath['stats']> {
    try {
      return (await this.resolve(path)).stats;
    } catch (error) {
      if (error instanceof FleetliftError && error.code === 'E-IMAGE-TREE') return null;
      throw error;
    }
  }
}

/** @throws FleetliftError E-IMAGE-TREE unless a regular file lies there */
export function requireFile(
  path: string,
  place: ResolvedPath,
): asserts place is ResolvedPath & { stats: NonNullable<ResolvedPath['stats']> } {
  if (place.stats?.isFile() === true) return;
  const what = place.stats === null ? 'missing' : 'not a regular file';
  const way = place.path === path ? '' : ` (it leads to ${place.path})`;
  throw new FleetliftError('E-IMAGE-TREE', { message: `${path} in the server's tree is ${what}${way}` });
}
