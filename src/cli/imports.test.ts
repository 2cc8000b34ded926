import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commandTable.js';

const here = dirname(fileURLToPath(import.meta.url));
/** Static imports and re-exports that are left at run time; what is imported by `import()` loads later. */
const RUN_TIME_IMPORT = /^(?:import|export)(?!\s+type\b)[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm;
const HEAVY = /^(@temporalio\/|ssh2$|pino|prom-client$|zod$|execa$|yaml$)/;

/** Packages that a file brings in, each with the way to it. */
function packagesOf(
  file: string,
  way: string[] = [],
  seen = new Map<string, string[]>(),
): Map<string, string[]> {
  const key = `file:${file}`;
  if (seen.has(key)) return seen;
  seen.set(key, way);
  for (const [, from, bare] of readFileSync(file, 'utf8').matchAll(RUN_TIME_IMPORT)) {
    const target = from ?? bare ?? '';
    const next = [...way, relative(here, file)];
    if (target.startsWith('.')) packagesOf(join(dirname(file), target.replace(/\.js$/, '.ts')), next, seen);
    else if (!seen.has(target)) seen.set(target, next);
  }
  return seen;
}

function heavy(file: string): string[] {
  return [...packagesOf(file)]
    .filter(([name]) => HEAVY.test(name))
    .map(([name, way]) => `${name} by ${way.join(' → ')}`);
}

describe('help is instant, since it loads', () => {
  it('no Temporal, no SSH and nothing else heavy with the program itself', () => {
    expect(heavy(join(here, 'main.ts'))).toEqual([]);
  });

  it.each(COMMANDS.map(({ name }) => name))('nothing heavy with the command %s', (name) => {
    const file = join(here, 'commands', `${name}.ts`);
    expect(existsSync(file)).toBe(true);
    expect(heavy(file)).toEqual([]);
  });

  it('and the walk finds what is there', () => {
    expect(heavy(join(here, '..', 'temporal', 'connect.ts'))).toContainEqual(
      expect.stringContaining('@temporalio/client'),
    );
  });
});
