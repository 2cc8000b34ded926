import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import type { EspPartition } from '../../../model/plan.js';
import { runTool, type RunOptions } from '../../runTool.js';
import { hashesBelow, type FileHashes } from './fileHashes.js';

/**
 * Makes the EFI system partition of a disk with the content of a folder, and reads it back. The kernel of the relay may
 * lack vfat, so it is made and filled where it lies in the disk's raw file.
 *
 * @returns what it holds
 * @throws FleetliftError E-IMAGE-BOOTLOADER where it holds something else than the folder, E-RELAY-DISK, E-RELAY-TOOL
 */
export async function fillEsp(
  file: string,
  esp: EspPartition,
  folder: string,
  options: RunOptions,
): Promise<FileHashes> {
  const drive = `${file}@@${esp.startBytes}`;
  const serial = esp.uuid.replace('-', '');
  const offset = ['--offset', String(Math.floor(esp.startBytes / 512)), file, String(esp.sizeBytes / 1024)];
  await runTool('mkfs.vfat', ['-n', 'EFI', '-i', serial, ...fatSize(esp), ...offset], options);
  const entries = (await readdir(folder)).map((name) => join(folder, name));
  await runTool('mcopy', ['-i', drive, '-s', '-m', '-Q', ...entries, '::/'], options);
  return readBack(drive, folder, options);
}

async function readBack(drive: string, folder: string, options: RunOptions): Promise<FileHashes> {
  const back = `${folder}.back`;
  await rm(back, { recursive: true, force: true });
  await mkdir(back, { mode: 0o700 });
  await runTool('mcopy', ['-i', drive, '-s', '-m', '-Q', '::*', back], options);
  const [wanted, found] = [await hashesBelow(folder), await hashesBelow(back)];
  await rm(back, { recursive: true });
  const wrong = [...new Set([...wanted.keys(), ...found.keys()])].find(
    (key) => wanted.get(key)?.sha256 !== found.get(key)?.sha256,
  );
  if (wrong === undefined) return found;
  throw new FleetliftError('E-IMAGE-BOOTLOADER', {
    message: `${wrong} in the EFI system partition is not what was written there`,
  });
}

/** FAT32, as the UEFI specification wants it of a disk, needs 65,525 clusters. */
function fatSize(esp: EspPartition): string[] {
  const mib = esp.sizeBytes / 1024 / 1024;
  if (mib < 36) return ['-F', '16'];
  return mib < 260 ? ['-F', '32', '-s', '1'] : ['-F', '32'];
}
