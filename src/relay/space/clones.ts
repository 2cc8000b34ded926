import { release } from 'node:os';
import type { ReplicaPlan } from '../../model/plan.js';

/** Set in tests: the release of the relay's kernel. */
const KERNEL = 'FLEETLIFT_RELAY_KERNEL';

/** The release of the kernel that this process runs on. */
export function relayKernel(): string {
  return process.env[KERNEL] ?? release();
}

/**
 * Whether a kernel of that release can have two btrfs of one UUID mounted at once: since 6.7, which gives the second one
 * an identity of its own for as long as it is mounted. What is no release cannot.
 */
export function mountsClones(kernel: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernel) ?? [];
  if (major === undefined) return false;
  return Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 7);
}

/** UUIDs of a plan's filesystems that only one job at a time can mount on that kernel. */
export function exclusiveUuids(plan: ReplicaPlan, kernel: string): string[] {
  if (mountsClones(kernel)) return [];
  return plan.disks.flatMap(({ partitions }) =>
    partitions.flatMap((one) =>
      one.role === 'filesystem' && one.features.family === 'btrfs' && one.uuid !== '' ? [one.uuid] : [],
    ),
  );
}
