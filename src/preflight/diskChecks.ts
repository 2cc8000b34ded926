import type { FilesystemFacts } from '../model/facts.js';
import { isQuotaOption } from '../model/quotas.js';
import type { Check, Found } from './types.js';

/** Kinds of filesystem that a replica can be made of; vfat only as the EFI system partition. */
const SUPPORTED = ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs'];
const ESP_PLACES = ['/boot/efi', '/efi', '/boot'];
/** Mounts that no operator expects to be copied. */
const PSEUDO =
  /^(proc|sysfs|devtmpfs|devpts|tmpfs|cgroup2?|mqueue|debugfs|tracefs|securityfs|pstore|bpf|configfs|fusectl|hugetlbfs|efivarfs|autofs|ramfs|binfmt_misc|rpc_pipefs|nsfs)$/;

/** Layers that a check of their own is about. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['luks', 'iscsi']);

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Filesystems and what lies below them. */
export const DISK_CHECKS: readonly Check[] = [
  {
    id: 'filesystems',
    what: 'every mounted filesystem is of a supported kind',
    run: ({ filesystems }) =>
      filesystems
        .filter(({ type, mounts }) => {
          const place = mounts[0]?.mountpoint ?? '';
          return !SUPPORTED.includes(type) && !(type === 'vfat' && ESP_PLACES.includes(place));
        })
        .map(({ type, device, mounts }): Found => ({
          code: 'E-FS-UNSUPPORTED',
          message: `${mounts[0]?.mountpoint ?? device} is ${type} (${device}), which is not migrated`,
        })),
  },
  {
    id: 'luks',
    what: 'encrypted volumes',
    run: ({ filesystems }, { server }) =>
      filesystems
        .filter(({ layers }) => layers.includes('luks'))
        .map(({ mounts, device }): Found => {
          const what = `${mounts[0]?.mountpoint ?? device} is encrypted (${device})`;
          return server.sync.luks === 'plain'
            ? { code: 'W-LUKS', message: `${what}, and arrives unencrypted` }
            : { code: 'E-LUKS-CONSENT', message: `${what}, and would arrive unencrypted` };
        }),
  },
  {
    id: 'layers',
    what: 'LVM and RAID',
    run: ({ filesystems }) => {
      const layered = filesystems.filter(({ layers }) => layers.some((layer) => !TOLD_ELSEWHERE.has(layer)));
      if (layered.length === 0) return null;
      const names = layered.map(
        ({ mounts, layers }) => `${mounts[0]?.mountpoint ?? '?'} (${layers.join(' on ')})`,
      );
      return { code: 'W-LAYERS', message: `flattened into plain partitions: ${names.join(', ')}` };
    },
  },
  {
    id: 'iscsi',
    what: 'filesystems that iSCSI reaches',
    run: ({ filesystems }) => {
      const remote = filesystems.filter(({ layers }) => layers.includes('iscsi'));
      if (remote.length === 0) return null;
      const names = remote.map(({ mounts, device }) => `${mounts[0]?.mountpoint ?? '?'} (${device})`);
      return {
        code: 'W-ISCSI',
        message: `${names.join(', ')}: reached by iSCSI; becomes a disk of the image, which logs in to no target by itself`,
      };
    },
  },
  {
    id: 'quotas',
    what: 'quotas',
    run: ({ filesystems }) => {
      const names = filesystems.flatMap((one) => {
        const signs = quotaSigns(one);
        return signs.length === 0 ? [] : [`${one.mounts[0]?.mountpoint ?? one.device} (${signs.join(', ')})`];
      });
      if (names.length === 0) return null;
      return {
        code: 'W-QUOTA',
        message: `quotas are on at ${names.join(', ')}: their limits, and the project ids of files, are not carried over`,
      };
    },
  },
  {
    id: 'unmounted',
    what: 'disks and partitions that are not mounted',
    run: ({ unmounted }) =>
      unmounted.map(({ device, sizeBytes, type }): Found => ({
        code: 'W-FS-UNMOUNTED',
        message: `${device} (${type}, ${gib(sizeBytes)}) is not mounted`,
      })),
  },
  {
    id: 'skipped-mounts',
    what: 'mounts that are not copied',
    run: ({ skippedMounts }) =>
      skippedMounts
        .filter(({ type }) => !PSEUDO.test(type))
        .map(({ mountpoint, type, source }): Found => ({
          code: 'W-MOUNT-SKIPPED',
          message: `${mountpoint} (${type} of ${source}) is not copied`,
        })),
  },
];

/** ext4's feature `quota` keeps limits in hidden inodes, also where they are switched on later than by the mount. */
function quotaSigns({ features, mounts }: FilesystemFacts): string[] {
  const options = mounts.flatMap((mount) => mount.options.filter(isQuotaOption));
  const hidden = features.family === 'ext' && features.features.includes('quota');
  return [...new Set([...options, ...(hidden ? ['quota'] : [])])];
}
