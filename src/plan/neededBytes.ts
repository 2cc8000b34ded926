import { INITRAMFS_BYTES, type ReplicaPlan } from '../model/plan.js';

/**
 * Replica, its working copy and the image lie beside each other for a time (without reflink each takes its size). What a
 * boot writes lies in the place of the copy, which is gone by then.
 */
const COPIES = 3;

/** Files of the ESP: as received, gathered, read back, in the working copy and in the image. */
const ESP_COPIES = 5;

/** Room that a job takes on its relay at most, bytes. */
export function neededBytes(plan: ReplicaPlan): number {
  const initramfs = plan.boot.buildInitramfs ? INITRAMFS_BYTES : 0;
  return plan.expectedBytes * COPIES + initramfs + (plan.espFileBytes ?? 0) * ESP_COPIES;
}
