import { builtInitramfsPath } from '../grub/bootFiles.js';
import type { ImageRule } from './ImageRule.js';

export const initramfs: ImageRule = {
  id: 'initramfs',
  reason: 'an initramfs for the new machine, built on the source, takes the place of the server’s own',
  async apply(tree, request) {
    if (request.initramfs === null) return;
    const path = builtInitramfsPath(request.plan.boot);
    await tree.save(path);
    await tree.writeCopy(path, request.initramfs, 0o600);
  },
};
