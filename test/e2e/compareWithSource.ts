import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerResult } from '../../src/model/job.js';
import { compareDisks, mountDisks, mountLabDisks } from '../support/mountDisks.js';
import { EXPECTED_DIFFERENCES } from './expectedDifferences.js';

type Differences = Awaited<ReturnType<typeof compareDisks>>;

/**
 * Compares a server's image with the disks of the lab server, which must be off.
 * @returns what neither the image step names nor the fixed list explains; right is none.
 */
export async function unexplainedDifferences(stateDir: string, server: ServerResult): Promise<Differences> {
  const changed = await changedByImageStep(stateDir, server);
  const source = await mountLabDisks(server.name);
  try {
    const image = await mountDisks(server.images.map(({ path }) => path));
    try {
      const differences = await compareDisks(source, image);
      return differences.filter(
        ({ path }) => !changed.has(path) && !EXPECTED_DIFFERENCES.some(({ pattern }) => pattern.test(path)),
      );
    } finally {
      await image.dispose();
    }
  } finally {
    await source.dispose();
  }
}

/** Paths that the report's computed list of image changes names. */
export async function changedByImageStep(
  stateDir: string,
  server: ServerResult,
): Promise<ReadonlySet<string>> {
  const [, migration = '', , number = ''] = server.job.split('/');
  const file = join(stateDir, 'results', migration, server.name, `${number}.json`);
  const { changes = [] } = JSON.parse(await readFile(file, 'utf8')) as ServerResult;
  return new Set(changes.map(({ path }) => path));
}
