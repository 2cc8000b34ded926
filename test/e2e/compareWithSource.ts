import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerResult } from '../../src/model/job.js';
import type { TreeDifference } from '../support/compare.js';
import { compareDisks, mountDisks, mountLabDisks } from '../support/mountDisks.js';
import { syncStartedAt, unexplained, type Explanations } from '../support/unexplained.js';
import { EXPECTED_DIFFERENCES } from './expectedDifferences.js';

/**
 * Compares a server's image with the disks of the lab server, which must be off.
 * @returns what nothing explains ({@link explanationsOf}); right is none.
 */
export async function unexplainedDifferences(
  stateDir: string,
  server: ServerResult,
): Promise<TreeDifference[]> {
  const explanations = await explanationsOf(stateDir, server);
  const source = await mountLabDisks(server.name);
  try {
    const image = await mountDisks(server.images.map(({ path }) => path));
    try {
      return unexplained(await compareDisks(source, image), explanations);
    } finally {
      await image.dispose();
    }
  } finally {
    await source.dispose();
  }
}

/** What may differ between a server and its image: by the report's computed list, by time, and by the fixed list. */
export async function explanationsOf(stateDir: string, server: ServerResult): Promise<Explanations> {
  const [, migration = '', , number = ''] = server.job.split('/');
  const file = join(stateDir, 'results', migration, server.name, `${number}.json`);
  const result = JSON.parse(await readFile(file, 'utf8')) as ServerResult;
  return {
    changed: new Set((result.changes ?? []).map(({ path }) => path)),
    expected: EXPECTED_DIFFERENCES,
    syncStartedAt: syncStartedAt(result),
  };
}
