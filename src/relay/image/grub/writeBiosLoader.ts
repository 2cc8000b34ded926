import { open, readFile } from 'node:fs/promises';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import type { BiosBootPartition } from '../../../model/plan.js';

const BOOT_IMAGE = '/usr/lib/grub/i386-pc/boot.img';
const SECTOR = 512;
/** Code of the boot sector; disk signature and partition table follow it. */
const CODE_BYTES = 440;
/** Offsets from GRUB's include/grub/i386/pc/boot.h and offsets.h. */
const BOOT_KERNEL_SECTOR = 0x5c;
const BOOT_DRIVE_CHECK = 0x66;
const CORE_BLOCKLIST = 500;

/**
 * Writes GRUB's boot sector and core image into a disk's raw file, as grub-bios-setup would into a device.
 *
 * @throws FleetliftError E-IMAGE-BOOTLOADER where the core image is larger than its partition
 */
export async function writeBiosLoader(
  file: string,
  coreFile: string,
  place: BiosBootPartition,
): Promise<void> {
  const core = await readFile(coreFile);
  if (core.length > place.sizeBytes) {
    throw new FleetliftError('E-IMAGE-BOOTLOADER', {
      message: `GRUB's core image (${core.length} bytes) does not fit its partition (${place.sizeBytes} bytes)`,
    });
  }
  const boot = await readFile(BOOT_IMAGE);
  const sector = BigInt(place.startBytes / SECTOR);
  boot.writeBigUInt64LE(sector, BOOT_KERNEL_SECTOR);
  // Some BIOSes hand over a wrong drive number: two NOPs in place of the jump around the fix, as for any hard disk.
  boot.writeUInt16LE(0x9090, BOOT_DRIVE_CHECK);
  core.writeBigUInt64LE(sector + 1n, CORE_BLOCKLIST);
  const handle = await open(file, 'r+');
  try {
    await handle.write(boot, 0, CODE_BYTES, 0);
    await handle.write(core, 0, core.length, place.startBytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
