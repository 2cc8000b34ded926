import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runConfined } from './confined.js';
import { CACHE_DIR, LAB_DIR } from './paths.js';

export type Progress = (line: string) => void;

export interface Recipe {
  readonly name: string;
  /** Files of the lab's folder that decide what is made: another content, another result. */
  readonly files: readonly string[];
  /** How long it takes, as told to who waits. */
  readonly seconds: number;
  /** The command that makes it in the folder. */
  readonly command: (folder: string) => readonly string[];
}

const ATTEMPTS = 3;
/** A mirror that fails now may answer a little later. */
const PAUSE_MS = 5_000;

/**
 * The folder of what the recipe makes; made where it is not in the cache yet.
 * @throws Error with the end of the output where it cannot be made.
 */
export async function fromCache(recipe: Recipe, progress: Progress): Promise<string> {
  const { name, seconds } = recipe;
  const entry = `${name}-${await hashOf(recipe)}`;
  const folder = join(CACHE_DIR, entry);
  await mkdir(CACHE_DIR, { recursive: true });
  const cached = await readdir(CACHE_DIR);
  if (cached.includes(entry)) return folder;

  progress(`building the system “${name}” (about ${seconds} s, once)…`);
  const unfinished = `${folder}.unfinished`;
  for (let attempt = 1; ; attempt++) {
    await remove(unfinished);
    const build = await runConfined(recipe.command(unfinished));
    if (build.exitCode === 0) break;
    const end = build.output;
    if (attempt === ATTEMPTS) throw new Error(`the system “${name}” could not be built:\n${end}`);
    progress(`building failed (attempt ${attempt} of ${ATTEMPTS}), trying again:\n${end}`);
    await delay(PAUSE_MS * attempt);
  }
  await rename(unfinished, folder);
  for (const old of cached) if (old.startsWith(`${name}-`)) await remove(join(CACHE_DIR, old));
  return folder;
}

async function hashOf({ files }: Recipe): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(join(LAB_DIR, file)));
  return hash.digest('hex').slice(0, 12);
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
