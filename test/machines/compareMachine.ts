import { join } from 'node:path';
import type { LabMachine } from '../../lab/servers.js';
import type { ServerResult } from '../../src/model/job.js';
import { changedByImageStep } from '../e2e/compareWithSource.js';
import { EXPECTED_DIFFERENCES } from '../e2e/expectedDifferences.js';
import { compareTrees, type TreeDifference } from '../support/compare.js';
import { mountDisks } from '../support/mountDisks.js';
import { listDisks } from './listDisks.js';

export interface MachineComparison {
  readonly files: number;
  /** What neither the image step names nor the fixed list explains. */
  readonly unexplained: readonly TreeDifference[];
}

/** Compares a machine that is off with its image, filesystem by filesystem, subvolumes each by itself. */
export async function compareMachine(
  stateDir: string,
  machine: LabMachine,
  server: ServerResult,
): Promise<MachineComparison> {
  const changed = await changedByImageStep(stateDir, server);
  const source = await listDisks(machine);
  try {
    const image = await mountDisks(server.images.map(({ path }) => path));
    try {
      let files = 0;
      const unexplained: TreeDifference[] = [];
      for (const { uuid, mountpoint, list } of source.filesystems) {
        const other = image.filesystems.find((one) => one.uuid === uuid);
        if (other === undefined)
          throw new Error(`the image has no filesystem ${uuid}, which is ${mountpoint}`);
        const path = join(other.path, image.subvolumeOf(mountpoint) ?? '');
        const comparison = await compareTrees(list, path, ['lost+found']);
        files += comparison.files;
        for (const difference of comparison.differences) {
          const shown = join(mountpoint, difference.path);
          if (changed.has(shown) || EXPECTED_DIFFERENCES.some(({ pattern }) => pattern.test(shown))) continue;
          unexplained.push({ ...difference, path: shown });
        }
      }
      return { files, unexplained };
    } finally {
      await image.dispose();
    }
  } finally {
    await source.dispose();
  }
}
