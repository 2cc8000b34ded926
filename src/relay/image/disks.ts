import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFile, type JobPaths } from '../paths.js';
import { runTool, type RunOptions } from '../runTool.js';

/** Folder of the copies that become images; the replica's own disks are never written. */
export function copiesFolder(paths: JobPaths): string {
  return join(paths.work, 'image');
}

/** Raw file of the copy of a disk. */
export function copyFileOf(paths: JobPaths, disk: string): string {
  return join(copiesFolder(paths), `${disk}.raw`);
}

/** Copies the replica's disks; by reference where the relay's filesystem can, holes stay holes. */
export async function copyDisks(
  paths: JobPaths,
  disks: readonly string[],
  options: RunOptions,
): Promise<void> {
  await rm(copiesFolder(paths), { recursive: true, force: true });
  await mkdir(copiesFolder(paths), { recursive: true, mode: 0o700 });
  for (const disk of disks) {
    const words = ['--reflink=auto', '--sparse=always', diskFile(paths, disk), copyFileOf(paths, disk)];
    await runTool('cp', words, { ...options, about: `disk ${disk}` });
  }
}
