import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder: the nearest one above this file with a package.json (source and dist lie at other depths). */
export function projectDir(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) {
    const parent = dirname(dir);
    if (parent === dir) throw new Error('no package.json above the program');
    dir = parent;
  }
  return dir;
}

/** fleetlift's version. */
export function projectVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectDir(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
