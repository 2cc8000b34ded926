import { FleetliftError } from '../../errors/FleetliftError.js';
import type { BtrfsFeatures, ExtFeatures, XfsFeatures } from '../../model/facts.js';
import type { EspPartition, FilesystemPartition, SwapPartition } from '../../model/plan.js';

export type FormattedPartition = FilesystemPartition | SwapPartition | EspPartition;

/** What the relay's own tools can make. */
export interface MkfsAbilities {
  /** Suboptions that `mkfs.xfs` lists in its usage, e.g. `bigtime`, `nrext64`. */
  readonly xfs: ReadonlySet<string>;
  /** Features that `mkfs.btrfs -O list-all` lists. */
  readonly btrfs: ReadonlySet<string>;
}

/**
 * The command that makes a partition's filesystem like the source's: same UUID and label, and no feature that the
 * source does not have, since its kernel or GRUB may not know it (a new mkfs switches many on).
 *
 * @returns the words of the command; the device is to be appended
 * @throws FleetliftError E-FS-UNSUPPORTED for a filesystem that is not migrated
 */
export function mkfsCommand(partition: FormattedPartition, abilities: MkfsAbilities): readonly string[] {
  switch (partition.role) {
    case 'swap':
      return ['mkswap', '-f', ...given('-U', partition.uuid), ...given('-L', partition.label)];
    case 'esp':
      // FAT32 also where mkfs would take FAT16: firmware need not read anything else.
      return ['mkfs.vfat', '-F', '32', '-i', partition.uuid.replace('-', ''), '-n', 'EFI'];
    case 'filesystem':
      return filesystemCommand(partition, abilities);
  }
}

function filesystemCommand(partition: FilesystemPartition, abilities: MkfsAbilities): readonly string[] {
  const { features } = partition;
  switch (features.family) {
    case 'ext':
      return ext(partition, features);
    case 'xfs':
      return xfs(partition, features, abilities.xfs);
    case 'btrfs':
      return btrfs(partition, features, abilities.btrfs);
    case 'other':
      throw new FleetliftError('E-FS-UNSUPPORTED', {
        message: `${partition.mountpoint} is ${partition.type}, which cannot be made on the relay`,
      });
  }
}

/**
 * Features of `dumpe2fs -h` that mke2fs may be asked for. Left out: states (`needs_recovery`, `orphan_present`),
 * and what has no meaning in an image of one's own (`mmp`, `journal_dev`, `encrypt`, `verity` content cannot be copied).
 */
const EXT_FEATURES: ReadonlySet<string> = new Set(
  (
    'has_journal ext_attr resize_inode dir_index filetype extent 64bit flex_bg sparse_super sparse_super2 ' +
    'large_file huge_file dir_nlink extra_isize metadata_csum metadata_csum_seed uninit_bg orphan_file project ' +
    'quota inline_data ea_inode large_dir meta_bg'
  ).split(' '),
);

function ext(partition: FilesystemPartition, source: ExtFeatures): readonly string[] {
  const names = source.features.map((name) => (name === 'extents' ? 'extent' : name));
  const features = names.filter((name) => EXT_FEATURES.has(name));
  return [
    'mke2fs',
    '-q',
    '-F',
    ...['-t', partition.type],
    ...['-O', ['none', ...features].join(',')],
    ...['-b', String(source.blockSize)],
    ...['-I', String(source.inodeSize)],
    ...['-N', String(source.inodeCount)],
    // 5 % unless it is told otherwise, which a full disk of the source may not have free.
    ...(source.reservedPercent === undefined ? [] : ['-m', String(source.reservedPercent)]),
    ...given('-U', partition.uuid),
    ...given('-L', partition.label),
    // The range was punched out before: it reads as zeros, and inode tables need not be written.
    ...['-E', 'assume_storage_prezeroed=1,nodiscard'],
  ];
}

/** Switches of mkfs.xfs by the letter of their option, and whether they need `crc=1`. */
const XFS_FLAGS: readonly { readonly option: string; readonly flag: string; readonly needsCrc: boolean }[] = [
  { option: '-m', flag: 'crc', needsCrc: false },
  { option: '-m', flag: 'finobt', needsCrc: true },
  { option: '-m', flag: 'rmapbt', needsCrc: true },
  { option: '-m', flag: 'reflink', needsCrc: true },
  { option: '-m', flag: 'inobtcount', needsCrc: true },
  { option: '-m', flag: 'bigtime', needsCrc: true },
  { option: '-i', flag: 'sparse', needsCrc: true },
  { option: '-i', flag: 'nrext64', needsCrc: true },
  { option: '-i', flag: 'exchange', needsCrc: true },
  { option: '-n', flag: 'ftype', needsCrc: false },
  { option: '-n', flag: 'parent', needsCrc: true },
];

function xfs(
  partition: FilesystemPartition,
  source: XfsFeatures,
  known: ReadonlySet<string>,
): readonly string[] {
  const crc = source.flags['crc'] === true;
  const wanted = (flag: string, needsCrc: boolean): boolean => {
    // With checksums the file type is always stored; mkfs refuses to be told otherwise.
    if (flag === 'ftype' && crc) return true;
    return source.flags[flag] === true && (crc || !needsCrc);
  };
  const switches = ['-m', '-i', '-n'].map((option) => {
    const words = XFS_FLAGS.filter((one) => one.option === option && known.has(one.flag)).map(
      ({ flag, needsCrc }) => `${flag}=${wanted(flag, needsCrc) ? '1' : '0'}`,
    );
    return option === '-m' && partition.uuid !== ''
      ? [option, [...words, `uuid=${partition.uuid}`].join(',')]
      : words.length > 0
        ? [option, words.join(',')]
        : [];
  });
  return [
    'mkfs.xfs',
    '-q',
    '-f',
    '-K',
    ...['-b', `size=${source.blockSize}`],
    ...['-s', `size=${source.sectorSize}`],
    ...switches.flat(),
    ...given('-L', partition.label),
  ];
}

/** Features of the superblock that are switches of mkfs.btrfs; the others follow from use (compression, raid…). */
const BTRFS_FEATURES: Readonly<Record<string, string>> = {
  extref: 'extended_iref',
  'skinny-metadata': 'skinny_metadata',
  'no-holes': 'no_holes',
};

function btrfs(
  partition: FilesystemPartition,
  source: BtrfsFeatures,
  known: ReadonlySet<string>,
): readonly string[] {
  const has = new Set(source.incompat.map((name) => name.toLowerCase().replaceAll('-', '_')));
  const switches = Object.entries(BTRFS_FEATURES)
    .filter(([name]) => known.has(name))
    .map(([name, flag]) => (has.has(flag) ? name : `^${name}`));
  return [
    'mkfs.btrfs',
    '-q',
    '-f',
    '-K',
    ...['-n', String(source.nodeSize)],
    ...['--csum', btrfsChecksum(source.checksum)],
    ...(switches.length > 0 ? ['-O', switches.join(',')] : []),
    // Made by default since the same version that made no-holes one; a kernel before 4.5 cannot write with it.
    ...(has.has('no_holes') ? [] : ['-R', '^free-space-tree']),
    ...given('-U', partition.uuid),
    ...given('-L', partition.label),
  ];
}

function btrfsChecksum(name: string): string {
  const match = /^(crc32c|xxhash|sha256|blake2)/.exec(name.toLowerCase());
  return match?.[1] ?? 'crc32c';
}

function given(option: string, value: string): readonly string[] {
  return value === '' ? [] : [option, value];
}
