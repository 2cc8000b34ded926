import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../lab/paths.js';

/** What part of the product a result speaks of. */
const PRODUCT = ['dist/src', 'dist/activities', 'dist/workflows', 'agent', 'bin'];

/** Tells builds apart whose results are not to be mixed. */
export async function hashOfProduct(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of PRODUCT) {
    const files = await readdir(join(PROJECT_DIR, folder), { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    for (const path of paths.sort()) hash.update(path.slice(PROJECT_DIR.length)).update(await readFile(path));
  }
  return hash.digest('hex');
}
