import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import type { EspPartition, PlannedDisk } from '../../../model/plan.js';
import { runTool, type RunOptions } from '../../runTool.js';
import type { TreePlace } from '../tree/treeMount.js';
import { CORE_MODULES, earlyConfig } from './coreModules.js';
import { writeBiosLoader } from './writeBiosLoader.js';

export interface LoaderTarget {
  readonly disk: PlannedDisk;
  /** Raw file of that disk. */
  readonly file: string;
  /** GRUB's folder in the server's tree. */
  readonly grub: TreePlace;
  /** Folder for the core images. */
  readonly work: string;
}

/**
 * Puts GRUB on a disk for BIOS (boot sector and BIOS-boot partition) and for UEFI (fallback path in the EFI partition),
 * from the relay's own GRUB: no code of the migrated server runs.
 *
 * @throws FleetliftError E-IMAGE-BOOTLOADER, E-RELAY-TOOL
 */
export async function installLoaders(target: LoaderTarget, options: RunOptions): Promise<void> {
  const early = join(target.work, 'early.cfg');
  await writeFile(early, earlyConfig(target.grub.mount.uuid, target.grub.pathInFilesystem));
  const biosBoot = target.disk.partitions.find((partition) => partition.role === 'bios-boot');
  const esp = target.disk.partitions.find((partition) => partition.role === 'esp');
  if (biosBoot === undefined || esp === undefined) {
    throw new FleetliftError('E-IMAGE-BOOTLOADER', {
      message: `disk ${target.disk.disk} has no partition for the boot loader`,
    });
  }
  const core = await makeCore(target, early, 'i386-pc', ['biosdisk'], options);
  await writeBiosLoader(target.file, core, biosBoot);
  const binary = await makeCore(target, early, 'x86_64-efi', ['efi_gop', 'efi_uga'], options);
  await fillEsp(target.file, binary, esp, options);
}

async function makeCore(
  target: LoaderTarget,
  early: string,
  platform: string,
  modules: readonly string[],
  options: RunOptions,
): Promise<string> {
  const core = join(target.work, `core.${platform}`);
  const prefix = target.grub.pathInFilesystem;
  const words = ['-O', platform, '-o', core, '-c', early, '-p', prefix, ...CORE_MODULES, ...modules];
  await asLoaderError(() => runTool('grub-mkimage', words, options));
  return core;
}

/** The kernel of the relay may lack vfat, so the partition is made and filled where it lies in the file. */
async function fillEsp(file: string, binary: string, esp: EspPartition, options: RunOptions): Promise<void> {
  const sectors = Math.floor(esp.startBytes / 512);
  const drive = `${file}@@${esp.startBytes}`;
  await asLoaderError(async () => {
    await runTool(
      'mkfs.vfat',
      [
        ...['-n', 'EFI', '-i', esp.uuid.replace('-', '')],
        ...fatSize(esp),
        '--offset',
        String(sectors),
        file,
      ].concat(String(esp.sizeBytes / 1024)),
      options,
    );
    await runTool('mmd', ['-i', drive, '::/EFI', '::/EFI/BOOT'], options);
    await runTool('mcopy', ['-i', drive, binary, '::/EFI/BOOT/BOOTX64.EFI'], options);
  });
}

/** FAT32, as the UEFI specification wants it of a disk, needs 65,525 clusters. */
function fatSize(esp: EspPartition): string[] {
  const mib = esp.sizeBytes / 1024 / 1024;
  if (mib < 36) return ['-F', '16'];
  return mib < 260 ? ['-F', '32', '-s', '1'] : ['-F', '32'];
}

async function asLoaderError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FleetliftError) || error.code !== 'E-RELAY-DISK') throw error;
    throw new FleetliftError('E-IMAGE-BOOTLOADER', { message: error.message, cause: error });
  }
}
