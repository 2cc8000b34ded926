import { chmod } from 'node:fs/promises';
import { posix } from 'node:path';
import { runTool } from '../../runTool.js';
import type { ImageRule } from './ImageRule.js';

/** A swap file may have no holes, and on btrfs no copy-on-write (swapon(8)); its blocks stay unwritten all the same. */
export const swapFiles: ImageRule = {
  id: 'swap-files',
  reason: 'swap files are not copied but made anew, with the same size and UUID',
  async apply(tree, { plan }) {
    for (const swap of plan.swapFiles) {
      await tree.makeFolder(posix.dirname(swap.path));
      await tree.write(swap.path, '', 0o600);
      const { hostPath, mount } = await tree.resolve(swap.path);
      // The attribute takes effect on a file that is still empty.
      if (mount.type === 'btrfs') await runTool('chattr', ['+C', hostPath]);
      await chmod(hostPath, 0o600);
      const about = `swap file ${swap.path}`;
      await runTool('fallocate', ['--length', String(swap.sizeBytes), hostPath], { about });
      const label = swap.label === '' ? [] : ['--label', swap.label];
      await runTool('mkswap', ['--uuid', swap.uuid, ...label, hostPath], { about });
    }
  },
};
