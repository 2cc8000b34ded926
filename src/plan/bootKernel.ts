import type { KernelFacts, SourceFacts } from '../model/facts.js';
import { compareVersions } from './compareVersions.js';

/** The kernel that the image boots: the one that runs now, if it is still in `/boot`, else the newest; null: there is none. */
export function bootKernel(facts: SourceFacts): KernelFacts | null {
  const { kernels, runningKernel } = facts.boot;
  return kernels.find((one) => one.release === runningKernel) ?? newestKernel(facts);
}

/** What `update-grub` makes the default. */
export function newestKernel({ boot }: SourceFacts): KernelFacts | null {
  return [...boot.kernels].sort((a, b) => compareVersions(b.release, a.release))[0] ?? null;
}
