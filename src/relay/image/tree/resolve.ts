import { lstat, readlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import { placeOf, type TreeMount, type TreePlace } from './treeMount.js';

export interface ResolvedPath extends TreePlace {
  /** Canonical path in the server's tree: no links, no `.` or `..`. */
  readonly path: string;
  /** What lies there (never followed); null: nothing. */
  readonly stats: Stats | null;
}

export interface ResolveOptions {
  /** Whether a link in the last place is followed; default true. */
  readonly followLast?: boolean;
}

/** As many links as the kernel follows before it says ELOOP. */
const MAXIMUM_LINKS = 40;

/**
 * Resolves a path of a stranger's tree as the server itself would, and never out of it: component by component, links
 * read and not followed by the kernel, absolute ones from the tree's root, `..` clamped there, planned mounts crossed.
 *
 * @throws FleetliftError E-IMAGE-TREE for too many links, or something in a folder's place that is none
 */
export async function resolveInTree(
  mounts: readonly TreeMount[],
  path: string,
  options: ResolveOptions = {},
): Promise<ResolvedPath> {
  const pending = componentsOf(path).reverse();
  const done: string[] = [];
  let links = 0;
  let stats: Stats | null = await lstatIfExists(placeOf(mounts, '/').hostPath);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (stats !== null && !stats.isDirectory()) throw notAFolder(path, done);
    if (name === '..') {
      done.pop();
      stats = await lstatIfExists(placeOf(mounts, pathOf(done)).hostPath);
      continue;
    }
    const here = placeOf(mounts, pathOf([...done, name]));
    const found: Stats | null =
      stats === null && here.rest !== '' ? null : await lstatIfExists(here.hostPath);
    if (found?.isSymbolicLink() !== true || (pending.length === 0 && options.followLast === false)) {
      done.push(name);
      stats = found;
      continue;
    }
    links += 1;
    if (links > MAXIMUM_LINKS) throw tooManyLinks(path);
    const target = await readlink(here.hostPath);
    if (target.startsWith('/')) {
      done.length = 0;
      stats = await lstatIfExists(placeOf(mounts, '/').hostPath);
    }
    pending.push(...componentsOf(target).reverse());
  }
  return { ...placeOf(mounts, pathOf(done)), path: pathOf(done), stats };
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((word) => word !== '' && word !== '.');
}

function pathOf(components: readonly string[]): string {
  return `/${components.join('/')}`;
}

async function lstatIfExists(hostPath: string): Promise<Stats | null> {
  try {
    return await lstat(hostPath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function notAFolder(path: string, done: readonly string[]): FleetliftError {
  return new FleetliftError('E-IMAGE-TREE', {
    message: `${path} cannot be reached in the server's tree: ${pathOf(done)} is not a folder`,
  });
}

function tooManyLinks(path: string): FleetliftError {
  return new FleetliftError('E-IMAGE-TREE', {
    message: `${path} leads through more than ${MAXIMUM_LINKS} links in the server's tree`,
  });
}
