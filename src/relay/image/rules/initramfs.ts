import { builtInitramfsPath } from '../grub/bootFiles.js';
import type { ImageRule } from './ImageRule.js';

export const initramfs: ImageRule = {
  id: 'initramfs',
  reason: 'an initramfs with virtio drivers, built on the source, lies beside the server’s own',
  async apply(tree, request) {
    if (request.initramfs === null) return;
    await tree.writeCopy(builtInitramfsPath(request.plan.boot), request.initramfs, 0o600);
  },
};
