import type { FilesystemFacts } from '../model/facts.js';
import { ESP_BYTES, type PlannedDisk, type ReplicaPlan } from '../model/plan.js';
import { firstMount } from './migrated.js';
import { ceilMiB, MIB } from './sizes.js';

/** The relay's room for them, less what its filesystem takes for itself. */
const MOST_BYTES = ESP_BYTES - 32 * MIB;
/** FAT's own tables, and the boot loader that comes to the files. */
const SLACK_BYTES = 16 * MIB;

/** Bytes that the image's ESP must have for the files of the source's; 0: they are not taken along. */
export function espRoomBytes(esp: FilesystemFacts | null): number {
  if (esp === null || firstMount(esp).root !== '/' || esp.usedBytes > MOST_BYTES) return 0;
  return ceilMiB(esp.usedBytes + Math.ceil(esp.usedBytes / 10) + SLACK_BYTES);
}

/** Whether the files of the source's ESP travel: they do where the planned one holds them. */
export function planEspFiles(
  esp: FilesystemFacts | null,
  disks: readonly PlannedDisk[],
): Pick<ReplicaPlan, 'espFileBytes'> {
  const planned = disks.flatMap(({ partitions }) => partitions).find(({ role }) => role === 'esp');
  const room = espRoomBytes(esp);
  if (esp === null || room === 0 || planned === undefined || planned.sizeBytes < room) return {};
  return { espFileBytes: esp.usedBytes };
}
