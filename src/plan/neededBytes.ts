import { INITRAMFS_BYTES, type ReplicaPlan } from '../model/plan.js';

/**
 * Replica, its working copy and the image lie beside each other for a time (without reflink each takes its size). What a
 * boot writes lies in the place of the copy, which is gone by then.
 */
const COPIES = 3;

/** Room that a job takes on its relay at most, bytes. */
export function neededBytes(plan: ReplicaPlan): number {
  return plan.expectedBytes * COPIES + (plan.boot.buildInitramfs ? INITRAMFS_BYTES : 0);
}
