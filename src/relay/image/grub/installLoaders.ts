import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import type { SourceFacts } from '../../../model/facts.js';
import type { PlannedDisk } from '../../../model/plan.js';
import { runTool, type RunOptions } from '../../runTool.js';
import { composeEsp } from '../esp/composeEsp.js';
import type { FileHashes } from '../esp/fileHashes.js';
import { fillEsp } from '../esp/fillEsp.js';
import type { TreePlace } from '../tree/treeMount.js';
import { CORE_MODULES, earlyConfig } from './coreModules.js';
import { formatStub } from './grubCfg.js';
import { writeBiosLoader } from './writeBiosLoader.js';

export interface LoaderTarget {
  readonly disk: PlannedDisk;
  /** Raw file of that disk. */
  readonly file: string;
  /** GRUB's folder in the server's tree. */
  readonly grub: TreePlace;
  /** Name of a file there that our GRUB reads instead of grub.cfg; null: none. */
  readonly firstCfg: string | null;
  /** Folder for the core images. */
  readonly work: string;
  readonly facts: SourceFacts;
  /** Folder with the files of the source's ESP, which becomes the content of the image's. */
  readonly espFiles: string;
}

/** What the EFI system partition holds now, and why that is not what came from the source. */
export interface FilledEsp {
  readonly files: FileHashes;
  readonly reason: string;
}

/**
 * Puts GRUB on a disk for BIOS (boot sector and BIOS-boot partition) and for UEFI (fallback path in the EFI partition),
 * from the relay's own GRUB, or for UEFI the source's own that is signed: no code of the migrated server runs.
 *
 * @throws FleetliftError E-IMAGE-BOOTLOADER, E-RELAY-TOOL
 */
export async function installLoaders(target: LoaderTarget, options: RunOptions): Promise<FilledEsp> {
  const early = join(target.work, 'early.cfg');
  await writeFile(early, earlyConfig(target.grub.mount.uuid, target.grub.pathInFilesystem, target.firstCfg));
  const biosBoot = target.disk.partitions.find((partition) => partition.role === 'bios-boot');
  const esp = target.disk.partitions.find((partition) => partition.role === 'esp');
  if (biosBoot === undefined || esp === undefined) {
    throw new FleetliftError('E-IMAGE-BOOTLOADER', {
      message: `disk ${target.disk.disk} has no partition for the boot loader`,
    });
  }
  const core = await makeCore(target, early, 'i386-pc', ['biosdisk'], options);
  await writeBiosLoader(target.file, core, biosBoot);
  const ownBinary = await makeCore(target, early, 'x86_64-efi', ['efi_gop', 'efi_uga'], options);
  const stub = formatStub(target.grub.mount.uuid, target.grub.pathInFilesystem);
  const reason = await composeEsp(target.espFiles, { facts: target.facts, ownBinary, stub });
  return { reason, files: await asLoaderError(() => fillEsp(target.file, esp, target.espFiles, options)) };
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

async function asLoaderError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FleetliftError) || error.code !== 'E-RELAY-DISK') throw error;
    throw new FleetliftError('E-IMAGE-BOOTLOADER', { message: error.message, cause: error });
  }
}
