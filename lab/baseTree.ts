import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runConfined } from './confined.js';
import { CACHE_DIR, LAB_DIR } from './paths.js';
import type { LabServerKind } from './servers.js';

type TreeName = LabServerKind['tree'];
export type Progress = (line: string) => void;

const ATTEMPTS = 3;
/** A mirror that fails now may answer a little later. */
const PAUSE_MS = 5_000;
const SECONDS: Record<TreeName, number> = { server: 100, database: 30 };
/** Every base tree of a lab. */
export const TREES: readonly TreeName[] = ['server', 'database'];

/** The folder of a base tree; built where this recipe's is not in the cache yet. */
export async function baseTree(name: TreeName, progress: Progress): Promise<string> {
  const recipe = join(LAB_DIR, 'base-tree.sh');
  const hash = createHash('sha256')
    .update(await readFile(recipe))
    .digest('hex');
  const tree = join(CACHE_DIR, `${name}-${hash.slice(0, 12)}`);
  await mkdir(CACHE_DIR, { recursive: true });
  const cached = await readdir(CACHE_DIR);
  if (cached.includes(`${name}-${hash.slice(0, 12)}`)) return tree;

  const parents = name === 'database' ? [await baseTree('server', progress)] : [];
  progress(`building the base tree “${name}” (about ${SECONDS[name]} s, once)…`);
  const unfinished = `${tree}.unfinished`;
  for (let attempt = 1; ; attempt++) {
    await removeTree(unfinished);
    const build = await runConfined(['sh', recipe, name, unfinished, ...parents]);
    if (build.exitCode === 0) break;
    const end = build.output;
    if (attempt === ATTEMPTS) throw new Error(`the base tree “${name}” could not be built:\n${end}`);
    progress(`building failed (attempt ${attempt} of ${ATTEMPTS}), trying again:\n${end}`);
    await delay(PAUSE_MS * attempt);
  }
  await rename(unfinished, tree);
  for (const old of cached) if (old.startsWith(`${name}-`)) await removeTree(join(CACHE_DIR, old));
  return tree;
}

async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
