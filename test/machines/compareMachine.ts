import { join } from 'node:path';
import type { LabMachine } from '../../lab/servers.js';
import type { ServerResult } from '../../src/model/job.js';
import { explanationsOf } from '../e2e/compareWithSource.js';
import { compareTrees, type TreeDifference } from '../support/compare.js';
import { mountDisks } from '../support/mountDisks.js';
import { unexplained } from '../support/unexplained.js';
import { listDisks } from './listDisks.js';

export interface MachineComparison {
  readonly files: number;
  /** What nothing explains ({@link explanationsOf}). */
  readonly unexplained: readonly TreeDifference[];
}

/** Compares a machine that is off with its image, filesystem by filesystem, subvolumes each by itself. */
export async function compareMachine(
  stateDir: string,
  machine: LabMachine,
  server: ServerResult,
): Promise<MachineComparison> {
  const explanations = await explanationsOf(stateDir, server);
  const source = await listDisks(machine);
  try {
    const image = await mountDisks(server.images.map(({ path }) => path));
    try {
      let files = 0;
      const differences: TreeDifference[] = [];
      for (const { uuid, mountpoint, list } of source.filesystems) {
        const other = image.filesystems.find((one) => one.uuid === uuid);
        if (other === undefined)
          throw new Error(`the image has no filesystem ${uuid}, which is ${mountpoint}`);
        const path = join(other.path, image.subvolumeOf(mountpoint) ?? '');
        const comparison = await compareTrees(list, path, ['lost+found']);
        files += comparison.files;
        for (const difference of comparison.differences) {
          differences.push({ ...difference, path: join(mountpoint, difference.path) });
        }
      }
      return { files, unexplained: unexplained(differences, explanations) };
    } finally {
      await image.dispose();
    }
  } finally {
    await source.dispose();
  }
}
