import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface HashedFile {
  /** Relative to the folder that was looked at, as it is written there. */
  readonly path: string;
  readonly sha256: string;
}

/** By the lower case of its path, as FAT tells files apart. */
export type FileHashes = ReadonlyMap<string, HashedFile>;

/** Hashes the plain files below a folder of ours. */
export async function hashesBelow(folder: string): Promise<FileHashes> {
  const hashes = new Map<string, HashedFile>();
  for (const path of await filesBelow(folder)) {
    hashes.set(path.toLowerCase(), { path, sha256: await sha256Of(join(folder, path)) });
  }
  return hashes;
}

/** Paths of the plain files below a folder, relative to it, sorted. */
export async function filesBelow(folder: string, below = ''): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) files.push(...(await filesBelow(folder, path)));
    else if (entry.isFile()) files.push(path);
  }
  return files.sort();
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
