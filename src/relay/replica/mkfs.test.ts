import { expect, test } from 'vitest';
import type { FilesystemFeatures } from '../../model/facts.js';
import type { FilesystemPartition } from '../../model/plan.js';
import { BTRFS, EXT4, MIB, XFS } from '../testing/plans.js';
import { mkfsCommand } from './mkfs.js';
import { sfdiskScript } from './partitionTable.js';

const abilities = {
  xfs: new Set('crc finobt rmapbt reflink inobtcount bigtime sparse nrext64 ftype uuid'.split(' ')),
  btrfs: new Set('mixed-bg extref raid56 skinny-metadata no-holes'.split(' ')),
};
const place = { number: 4, startBytes: MIB, sizeBytes: MIB };
function words(
  type: string,
  features: FilesystemFeatures,
  changes: Partial<FilesystemPartition> = {},
): string {
  const named = { filesystem: 'fs0', uuid: 'U', label: 'L', mountpoint: '/', mountRoot: '/' };
  return mkfsCommand({ role: 'filesystem', ...place, ...named, type, features, ...changes }, abilities).join(
    ' ',
  );
}

test('ext4: the source’s features and no other, its sizes and inodes', () => {
  expect(words('ext4', EXT4)).toBe(
    'mke2fs -q -F -t ext4 -O none,has_journal,ext_attr,resize_inode,dir_index,orphan_file,filetype,extent,64bit,' +
      'flex_bg,metadata_csum_seed,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum ' +
      '-b 4096 -I 256 -N 20000 -U U -L L -E assume_storage_prezeroed=1,nodiscard',
  );
});

test.each([
  [0, '-m 0 '],
  [0.5, '-m 0.5 '],
  [50, '-m 50 '],
])('ext4: %s %% reserved for root, as on the source', (reservedPercent, expected) => {
  expect(words('ext4', { ...EXT4, reservedPercent })).toContain(expected);
  expect(words('ext4', EXT4)).not.toContain('-m ');
});

test('ext3 of an old server stays without extents; states and private features are not asked for', () => {
  const features = [
    'has_journal',
    'dir_index',
    'filetype',
    'needs_recovery',
    'sparse_super',
    'mmp',
    'encrypt',
    'extents',
  ];
  expect(words('ext3', { ...EXT4, features, inodeSize: 128 })).toContain(
    '-t ext3 -O none,has_journal,dir_index,filetype,sparse_super,extent -b 4096 -I 128',
  );
});

test('xfs: what the source has not is switched off', () => {
  expect(words('xfs', XFS)).toBe(
    'mkfs.xfs -q -f -K -b size=4096 -s size=512 -m crc=1,finobt=1,rmapbt=0,reflink=1,inobtcount=1,bigtime=1,uuid=U ' +
      '-i sparse=1,nrext64=0 -n ftype=1 -L L',
  );
});

test('xfs of RHEL 6: no checksums, and nothing that needs them', () => {
  expect(words('xfs', { ...XFS, flags: { ftype: false, finobt: true } }, { label: '' })).toBe(
    'mkfs.xfs -q -f -K -b size=4096 -s size=512 -m crc=0,finobt=0,rmapbt=0,reflink=0,inobtcount=0,bigtime=0,uuid=U ' +
      '-i sparse=0,nrext64=0 -n ftype=0',
  );
});

test('a relay with an older mkfs is not asked for what it does not know', () => {
  const old = { ...abilities, xfs: new Set(['crc', 'finobt', 'ftype', 'sparse']) };
  const named = { filesystem: 'fs0', uuid: 'U', label: '', mountpoint: '/', mountRoot: '/' };
  const partition = { role: 'filesystem', ...place, ...named, type: 'xfs', features: XFS } as const;
  expect(mkfsCommand(partition, old).join(' ')).toContain('-m crc=1,finobt=1,uuid=U -i sparse=1 -n ftype=1');
});

test('btrfs: features and checksum of the source; an old one gets no free-space tree', () => {
  expect(words('btrfs', BTRFS)).toBe(
    'mkfs.btrfs -q -f -K -n 16384 --csum crc32c -O extref,skinny-metadata,no-holes -U U -L L',
  );
  expect(words('btrfs', { ...BTRFS, checksum: 'xxhash64', incompat: ['extended-iref'] })).toBe(
    'mkfs.btrfs -q -f -K -n 16384 --csum xxhash -O extref,^skinny-metadata,^no-holes -R ^free-space-tree -U U -L L',
  );
});

test('swap and ESP', () => {
  expect(mkfsCommand({ role: 'swap', ...place, uuid: 'U', label: '' }, abilities).join(' ')).toBe(
    'mkswap -f -U U',
  );
  const esp = { role: 'esp', ...place, mountpoint: null, uuid: 'AB12-34CD' } as const;
  expect(mkfsCommand(esp, abilities).join(' ')).toBe('mkfs.vfat -F 32 -i AB1234CD -n EFI');
});

test('what cannot be made is refused', () => {
  expect(() => words('zfs', { family: 'other' })).toThrow('/ is zfs, which cannot be made on the relay');
});

test('the partition table in sectors', () => {
  const disk = {
    disk: 'system',
    sizeBytes: 4 * MIB,
    partitions: [{ role: 'bios-boot', ...place, number: 1 } as const],
  };
  expect(sfdiskScript(disk).split('\n')[3]).toBe(
    '1 : start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649',
  );
});
