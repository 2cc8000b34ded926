import { posix } from 'node:path';
import type { BootPlan } from '../../../model/plan.js';

/** Where an initramfs that was built on the source lies: beside the kernel, under a name no distribution uses. */
export function builtInitramfsPath(boot: BootPlan): string {
  return posix.join(posix.dirname(boot.kernel), `fleetlift-initramfs-${boot.kernelRelease}.img`);
}
