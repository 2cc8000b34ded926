import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFormat } from '../../model/fleet.js';
import type { JobRef } from '../../model/job.js';
import { jobPaths, jobsFolder } from '../paths.js';
import type { RelayContext } from '../types.js';
import { EXTENSION } from './convert.js';

/** File name of a disk's image: the system disk has the image's name alone. */
export function imageFileName(name: string, disk: string, format: ImageFormat): string {
  return `${name}${disk === 'system' ? '' : `-${disk}`}.${EXTENSION[format]}`;
}

/**
 * Whether another server's job on this relay has an image of that name. Jobs of the same server are no obstacle: a
 * server may be migrated again, and each job has a folder of its own.
 */
export async function imageNameTaken(
  relay: RelayContext,
  name: string,
  format: ImageFormat,
  own?: JobRef,
): Promise<boolean> {
  const wanted = imageFileName(name, 'system', format);
  const root = jobsFolder(relay);
  for (const migration of await namesIn(root)) {
    for (const server of await namesIn(join(root, migration))) {
      if (own?.migration === migration && own.server === server) continue;
      for (const number of await namesIn(join(root, migration, server))) {
        if (!/^[1-9]\d*$/.test(number)) continue;
        const { images } = jobPaths(relay, { migration, server, number: Number(number) });
        if ((await namesIn(images)).includes(wanted)) return true;
      }
    }
  }
  return false;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
