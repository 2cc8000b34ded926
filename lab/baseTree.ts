import { join } from 'node:path';
import { fromCache, type Progress } from './cache.js';
import { LAB_DIR } from './paths.js';
import type { LabServerKind } from './servers.js';

type TreeName = LabServerKind['tree'];

const SECONDS: Record<TreeName, number> = { server: 100, database: 30 };
/** Every base tree of a lab's servers in namespaces. */
export const TREES: readonly TreeName[] = ['server', 'database'];
/** What every tree is made by. */
export const TREE_FILES = ['tree.sh', 'base-tree.sh'];

/** The folder of a base tree; built where this recipe's is not in the cache yet. */
export async function baseTree(name: TreeName, progress: Progress): Promise<string> {
  const parents = name === 'database' ? [await baseTree('server', progress)] : [];
  return fromCache(
    {
      name,
      files: TREE_FILES,
      seconds: SECONDS[name],
      command: (folder) => ['sh', join(LAB_DIR, 'base-tree.sh'), name, folder, ...parents],
    },
    progress,
  );
}
