import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's folder, from the compiled code as well as from the source. */
export const PROJECT_DIR = findProject(dirname(fileURLToPath(import.meta.url)));

/** Programs of the lab that are not TypeScript lie beside the source. */
export const LAB_DIR = join(PROJECT_DIR, 'lab');
export const DEFAULT_STATE_DIR = join(LAB_DIR, '.state');
export const CACHE_DIR = join(LAB_DIR, '.cache');

function findProject(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('no package.json above the lab: it runs only from a checkout');
  return findProject(parent);
}
