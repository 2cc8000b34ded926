import { FleetliftError } from '../errors/FleetliftError.js';
import type { FilesystemFacts, MountFacts, SourceFacts } from '../model/facts.js';

/** A source's filesystems by what becomes of them. */
export interface Migrated {
  /** Copied, in the order of the facts. */
  readonly filesystems: readonly FilesystemFacts[];
  /** The source's EFI system partition: made anew. */
  readonly esp: FilesystemFacts | null;
}

const COPIED: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs']);
const ESP_MOUNTPOINTS: ReadonlySet<string> = new Set(['/boot/efi', '/efi', '/boot/EFI']);

/**
 * Sorts a source's filesystems.
 *
 * @throws FleetliftError E-FS-UNSUPPORTED naming every filesystem that cannot be copied, or where none is `/`
 */
export function sortFilesystems(facts: SourceFacts): Migrated {
  const esp = facts.filesystems.find(isEsp) ?? null;
  const others = facts.filesystems.filter((one) => one !== esp);
  const refused = others.filter((one) => !COPIED.has(one.type) || one.features.family === 'other');
  if (refused.length > 0) {
    const names = refused.map((one) => `${firstMount(one).mountpoint} (${one.type} on ${one.device})`);
    throw new FleetliftError('E-FS-UNSUPPORTED', {
      message: `${facts.identity.hostname} has filesystems that cannot be migrated: ${names.join(', ')}`,
    });
  }
  if (!others.some((one) => firstMount(one).mountpoint === '/')) {
    throw new FleetliftError('E-FS-UNSUPPORTED', {
      message: `the root filesystem of ${facts.identity.hostname} is not on a disk that can be migrated`,
    });
  }
  return { filesystems: others, esp };
}

/** The mount that counts, or a place for messages where facts name none. */
export function firstMount(filesystem: FilesystemFacts): MountFacts {
  return filesystem.mounts[0] ?? { mountpoint: filesystem.device, root: '/', options: [] };
}

function isEsp(filesystem: FilesystemFacts): boolean {
  return filesystem.type === 'vfat' && ESP_MOUNTPOINTS.has(firstMount(filesystem).mountpoint);
}
