import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import type { SourceFacts } from '../../../model/facts.js';
import { vendorLoader, type VendorLoader } from '../../../plan/vendorLoader.js';
import { FatPaths } from './FatPaths.js';
import { filesBelow } from './fileHashes.js';
import { isSigned } from './peSignature.js';

export interface EspLoaders {
  readonly facts: SourceFacts;
  /** File of our own GRUB, which knows where its settings are. */
  readonly ownBinary: string;
  /** Settings for the distribution's GRUB, by which it finds the same ones. */
  readonly stub: string;
}

/** What every firmware starts where its own settings name nothing: the UEFI specification, 3.5.1.1. */
const FALLBACK = 'EFI/BOOT/BOOTX64.EFI';
/**
 * With one of these beside it, shim writes boot entries into the firmware and starts anew instead of starting GRUB: a
 * machine whose firmware forgets them would do so for ever.
 */
const ENTRY_MAKERS = ['EFI/BOOT/fbx64.efi', 'EFI/BOOT/fallback.efi'];

/**
 * Puts the boot loader into a folder with the files of the source's ESP. Where the source boots by UEFI and has its
 * distribution's signed shim and GRUB, they are started from the fallback path, so that Secure Boot goes on; else our
 * own GRUB is.
 *
 * @returns why the files there are no longer the source's
 * @throws FleetliftError E-IMAGE-TREE where a file lies in the place of a folder
 */
export async function composeEsp(folder: string, loaders: EspLoaders): Promise<string> {
  try {
    return await compose(folder, loaders);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (!['EEXIST', 'ENOTDIR', 'EISDIR'].includes(code ?? '')) throw error;
    throw new FleetliftError('E-IMAGE-TREE', {
      message: `a file of the source's EFI system partition is where a folder must be, or the other way round: ${path ?? ''}`,
      cause: error,
    });
  }
}

async function compose(folder: string, { facts, ownBinary, stub }: EspLoaders): Promise<string> {
  const paths = await filesBelow(folder);
  const fat = new FatPaths(paths);
  const put = async (file: string, path: string): Promise<void> => {
    await copyFile(file, await place(folder, fat, path));
  };
  const vendor = facts.boot.firmware === 'uefi' ? vendorLoader(paths, facts.os) : null;
  if (vendor === null || !(await isWholeAndSigned(folder, vendor))) {
    await put(ownBinary, FALLBACK);
    return 'the image boots under UEFI by a GRUB of its own, since what the firmware of the old machine starts stays there';
  }
  // shim looks beside itself for what it starts, by the names that its distribution has given it.
  await put(join(folder, vendor.shim), FALLBACK);
  for (const beside of [vendor.grub, ...(vendor.mokManager === null ? [] : [vendor.mokManager])]) {
    await put(join(folder, beside), `${dirname(FALLBACK)}/${basename(beside)}`);
  }
  for (const settings of [`${vendor.folder}/grub.cfg`, `${dirname(FALLBACK)}/grub.cfg`]) {
    await writeFile(await place(folder, fat, settings), stub);
  }
  for (const maker of ENTRY_MAKERS) {
    const found = fat.find(maker);
    if (found !== null) await rm(join(folder, found));
  }
  return `the image boots under UEFI by the signed shim and GRUB of ${vendor.folder}, as Secure Boot wants it`;
}

async function place(folder: string, fat: FatPaths, path: string): Promise<string> {
  const target = join(folder, fat.place(path));
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  return target;
}

async function isWholeAndSigned(folder: string, { shim, grub }: VendorLoader): Promise<boolean> {
  return isSigned(await readFile(join(folder, shim))) && isSigned(await readFile(join(folder, grub)));
}
