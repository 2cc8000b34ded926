import { runTool } from '../runTool.js';
import type { MkfsAbilities } from './mkfs.js';

/** Asks the relay's own mkfs tools what they can make. */
export async function mkfsAbilities(): Promise<MkfsAbilities> {
  // Without a device mkfs.xfs exits 1 and prints its usage, which names every suboption it knows.
  const [xfs, btrfs] = await Promise.all([
    runTool('mkfs.xfs', [], { accept: [1] }),
    runTool('mkfs.btrfs', ['-O', 'list-all']),
  ]);
  return {
    xfs: new Set([...xfs.stderr.matchAll(/([a-z0-9-]+)=/g)].map((match) => String(match[1]))),
    btrfs: new Set(
      [...`${btrfs.stdout}\n${btrfs.stderr}`.matchAll(/^([a-z0-9-]+)\s+- /gm)].map((match) =>
        String(match[1]),
      ),
    ),
  };
}
