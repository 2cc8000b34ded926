/** Whether the image can boot with the initramfs that its server has, and what about it has to be another. */
import type { InitramfsWait, KernelFacts, SourceFacts, SwapFacts, TargetPlatform } from '../model/facts.js';
import type { ImageFormat } from '../model/fleet.js';
import { bootKernel } from './bootKernel.js';

/** What mkinitramfs or dracut unpack in the agent's folder while they build, with the result beside it. */
export const BUILD_BYTES = 512 << 20;

/**
 * Why the image cannot use the initramfs of a kernel: the two lack virtio drivers, or it waits for volumes of the source
 * that become plain partitions, or it lacks the drivers of the platform that the image's format is mostly for.
 */
export type InitramfsLack = 'virtio' | 'layers' | 'platform';

/** Whose disks an image of a format is mostly given to; virtio's are looked for with every format. */
const PLATFORMS: Readonly<Partial<Record<ImageFormat, TargetPlatform>>> = { vpc: 'hyperv', vmdk: 'vmware' };

/** The same of any kernel; null: the image can, as far as is known. */
export function lackOf(kernel: KernelFacts, facts: SourceFacts, format: ImageFormat): InitramfsLack | null {
  if (kernel.virtio === false) return 'virtio';
  if (awaitedVolumes(kernel, facts).length > 0) return 'layers';
  const platform = PLATFORMS[format];
  return platform !== undefined && kernel.lacksDriversOf?.includes(platform) === true ? 'platform' : null;
}

/** What a kernel's initramfs waits for, and the image does not have. */
export function awaitedVolumes(kernel: KernelFacts, facts: SourceFacts): InitramfsWait[] {
  // A swap is mostly named by its UUID, which it keeps; where it is a volume, by a path.
  return (kernel.waitsFor ?? []).filter((one) => one !== 'resume' || facts.swaps.some(isVolumeSwap));
}

/** Whether a swap lies on LVM or RAID, and is mostly named by a path there. */
export function isVolumeSwap({ kind, path }: SwapFacts): boolean {
  return kind === 'partition' && /^\/dev\/(mapper\/|md|dm-)/.test(path);
}

/**
 * Whether the agent is to build an initramfs for the image. What is verified with virtio boots there; for a platform's
 * drivers alone no server is refused, so they are built where that can be.
 */
export function buildsInitramfs(facts: SourceFacts, format: ImageFormat): boolean {
  const kernel = bootKernel(facts);
  const lack = kernel === null ? null : lackOf(kernel, facts, format);
  return lack === 'platform' ? canBuild(facts) : lack !== null;
}

/** Whether the source has the tools and the room to build one. */
export function canBuild({ tools, agentFreeBytes }: SourceFacts): boolean {
  return tools.initramfs !== null && agentFreeBytes >= BUILD_BYTES;
}
