import type { FilesystemFacts, SourceFacts } from '../model/facts.js';
import type { ImageFormat } from '../model/fleet.js';
import { bootKernel } from './bootKernel.js';
import { buildsInitramfs } from './initramfsLack.js';
import { firstMount } from './migrated.js';
import { MIB } from './sizes.js';

/** An initramfs with the drivers of every machine takes well under this, also with firmware. */
const ROOM_BYTES = 256 * MIB;

/**
 * The filesystems with room for an initramfs that is built: where the kernel lies, since a `/boot` of its own is often
 * small, and on `/`, where the image keeps the one that is replaced.
 */
export function withInitramfsRoom(
  facts: SourceFacts,
  filesystems: readonly FilesystemFacts[],
  format: ImageFormat,
): readonly FilesystemFacts[] {
  const kernel = bootKernel(facts);
  if (kernel === null || !buildsInitramfs(facts, format)) return filesystems;
  const homes = filesystems.filter((one) => holds(one, kernel.image));
  const deepest = Math.max(...homes.map((one) => firstMount(one).mountpoint.length));
  return filesystems.map((one) => {
    const { mountpoint } = firstMount(one);
    const isHome = homes.includes(one) && mountpoint.length === deepest;
    if (!isHome && mountpoint !== '/') return one;
    const usedBytes = one.usedBytes + ROOM_BYTES;
    // A tenth more, as ext and others keep back for root and for their own lists.
    return { ...one, usedBytes, sizeBytes: Math.max(one.sizeBytes, Math.ceil(usedBytes * 1.1)) };
  });
}

function holds(one: FilesystemFacts, path: string): boolean {
  const { mountpoint } = firstMount(one);
  return mountpoint === '/' || path.startsWith(`${mountpoint}/`);
}
