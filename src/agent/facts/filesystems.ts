import type { FilesystemFacts, FilesystemFeatures } from '../../model/facts.js';
import { isCompression } from '../../model/compression.js';
import { isQuotaOption } from '../../model/quotas.js';
import { agentOutputError } from './agentOutput.js';
import { stackOf, type Stack } from './blockDevices.js';
import type { Evidence } from './evidence.js';
import { parseBtrfs } from './features/btrfs.js';
import { parseExt } from './features/ext.js';
import { parseXfs } from './features/xfs.js';
import type { MountGroup } from './mountGroups.js';
import { parseSpace } from './space.js';
import type { Storage } from './storage.js';
import { labelOf, pathOf, uuidOf, wordOf } from './values.js';

/** Facts of a filesystem or swap whose disk has no name yet. */
export interface Unplaced<T> {
  /** Name in /sys of the device it lies on (a swap file: of the device of its filesystem). */
  readonly block: string;
  readonly stack: Stack;
  readonly facts: Omit<T, 'id' | 'disk'>;
}

/** Puts together what is known of one mounted filesystem. */
export function assembleFilesystem(
  evidence: Evidence,
  storage: Storage,
  group: MountGroup,
): Unplaced<FilesystemFacts> {
  const { block, main, mounts } = group;
  const signature = storage.signatures.get(block);
  const stack = stackOf(storage.devices, block);
  const space = parseSpace(spaceText(evidence, group), main.mountpoint);
  return {
    block,
    stack,
    facts: {
      device: deviceOf(storage, group),
      layers: stack.layers,
      ...volumeOf(storage, block),
      type: wordOf(main.type, `the type of ${main.mountpoint}`),
      uuid: uuidOf(
        signature?.get('UUID') ?? uuidFromTools(evidence, block),
        `the UUID of ${main.mountpoint}`,
      ),
      label: labelOf(signature?.get('LABEL'), `the label of ${main.mountpoint}`),
      // btrfs may lie on more devices than the one it is mounted by.
      sizeBytes: Math.max(storage.devices.get(block)?.sizeBytes ?? 0, space.totalBytes),
      usedBytes: space.usedBytes,
      usedInodes: space.usedInodes,
      features: featuresOf(evidence, main.type, block),
      mounts: mounts.map(({ mountpoint, root, options, superOptions }) => ({
        mountpoint: pathOf(mountpoint, 'a mount point'),
        root: pathOf(root, `the root of ${mountpoint}`),
        // The kernel tells quotas and compression of the filesystem as a whole.
        options: [...options, ...superOptions.filter(isOfWhole)],
      })),
    },
  };
}

function isOfWhole(option: string): boolean {
  return isQuotaOption(option) || isCompression(option);
}

/**
 * Used space decides whether a replica is large enough: there is no guess for it. A login without rights may not see
 * every mount; it is refused for that by the preflight, with a better reason.
 */
function spaceText(evidence: Evidence, { mounts, main }: MountGroup): string {
  for (const { id } of mounts) {
    const text = evidence.output(`statfs ${id}`);
    if (text !== null) return text;
  }
  if (evidence.output('uid')?.trim() !== '0') return '0 0 0 0 0 0';
  throw agentOutputError(`stat -f gave no answer for ${main.mountpoint}; is its disk alive?`);
}

/** An encrypted volume is none: what lies on it is not what LVM sees. */
function volumeOf({ devices, volumes }: Storage, block: string): Pick<FilesystemFacts, 'volume'> {
  const device = devices.get(block);
  const volume = device?.layer === 'lvm' ? volumes.get(device.dmName ?? '') : undefined;
  return volume === undefined ? {} : { volume };
}

function deviceOf({ devices }: Storage, { block, main }: MountGroup): string {
  const device = main.sourceIsNode ? main.source : (devices.get(block)?.node ?? `/dev/${block}`);
  return pathOf(device, `the device of ${main.mountpoint}`);
}

function uuidFromTools(evidence: Evidence, block: string): string | undefined {
  const ext = /^Filesystem UUID:\s+(\S+)$/m.exec(evidence.output(`dumpe2fs ${block}`) ?? '');
  const btrfs = /^fsid\s+(\S+)$/m.exec(evidence.output(`btrfs-super ${block}`) ?? '');
  return (ext ?? btrfs)?.[1];
}

/** A filesystem whose tools are missing on the source has no features that we know of. */
function featuresOf(evidence: Evidence, type: string, block: string): FilesystemFeatures {
  const ext = evidence.output(`dumpe2fs ${block}`);
  const xfs = evidence.output(`xfs_info ${block}`);
  const superblock = evidence.output(`btrfs-super ${block}`);
  if (/^ext[234]$/.test(type) && ext !== null) return parseExt(ext);
  if (type === 'xfs' && xfs !== null) return parseXfs(xfs);
  if (type === 'btrfs' && superblock !== null) {
    return parseBtrfs({
      superblock,
      subvolumes: evidence.output(`btrfs-list ${block}`),
      readonlySubvolumes: evidence.output(`btrfs-list-ro ${block}`),
      listedSubvolume: evidence.output(`btrfs-rootid ${block}`),
      defaultSubvolume: evidence.output(`btrfs-default ${block}`),
      quota: evidence.output(`btrfs-quota ${block}`),
    });
  }
  return { family: 'other' };
}
