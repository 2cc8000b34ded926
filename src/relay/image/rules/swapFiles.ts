import { chmod } from 'node:fs/promises';
import { posix } from 'node:path';
import { compareVersions } from '../../../plan/compareVersions.js';
import { runTool } from '../../runTool.js';
import type { ImageRule } from './ImageRule.js';

/** Since that kernel swap files of xfs may be preallocated (swapon(8)). */
const XFS_PREALLOCATED = '4.18';

/** A swap file may have no holes, and on btrfs no copy-on-write (swapon(8)). */
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
      const [tool, ...args] = fillCommand(hostPath, swap.sizeBytes, mount.type, plan.boot.kernelRelease);
      await runTool(tool, args, { about });
      const label = swap.label === '' ? [] : ['--label', swap.label];
      await runTool('mkswap', ['--uuid', swap.uuid, ...label, hostPath], { about });
    }
  },
};

/** Filesystems whose blocks can be preallocated (fallocate(2)). */
const PREALLOCATE = ['ext4', 'xfs', 'btrfs'];

/**
 * What gives an empty file its blocks. They are preallocated, and stay unwritten, where that can be: not on xfs for a
 * kernel that takes such blocks for holes, as those of RHEL 7 and Amazon Linux 2 do: its swapon refuses the file. Zeros are
 * written there.
 */
export function fillCommand(
  file: string,
  sizeBytes: number,
  filesystem: string,
  kernelRelease: string,
): [tool: string, ...args: string[]] {
  const areHoles = filesystem === 'xfs' && compareVersions(kernelRelease, XFS_PREALLOCATED) < 0;
  if (areHoles || !PREALLOCATE.includes(filesystem)) {
    const count = [`count=${String(sizeBytes)}`, 'iflag=count_bytes'];
    return ['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', ...count, 'status=none'];
  }
  return ['fallocate', '--length', String(sizeBytes), file];
}
