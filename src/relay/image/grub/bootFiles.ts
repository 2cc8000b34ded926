import { posix } from 'node:path';
import type { BootPlan } from '../../../model/plan.js';

/**
 * Where an initramfs that was built on the source lies: in place of the server's own, so that a boot menu which the
 * image makes later names it too. Without one of its own: under the name that every `grub-mkconfig` looks for.
 */
export function builtInitramfsPath(boot: BootPlan): string {
  return boot.initrd ?? posix.join(posix.dirname(boot.kernel), `initrd.img-${boot.kernelRelease}`);
}
