import { INITRAMFS_BYTES, type ReplicaPlan } from '../model/plan.js';

/** Replica, its working copy and the image lie beside each other for a time (without reflink each takes its size). */
const COPIES = 3;

/** Room that a job takes on its relay at most, bytes. */
export function neededBytes(plan: ReplicaPlan): number {
  return plan.expectedBytes * COPIES + (plan.boot.buildInitramfs ? INITRAMFS_BYTES : 0);
}
