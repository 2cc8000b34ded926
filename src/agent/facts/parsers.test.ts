import { describe, expect, it } from 'vitest';
import { parseBlkid } from './blkid.js';
import { stackOf, parseBlockDevices } from './blockDevices.js';
import { parseBtrfs } from './features/btrfs.js';
import { parseExt } from './features/ext.js';
import { parseMountinfo } from './mountinfo.js';
import { byDeviceName } from './naturalOrder.js';
import { parseOsRelease } from './osRelease.js';

describe('parseMountinfo', () => {
  it('reads escapes, bytes beyond ASCII and optional fields', () => {
    const line =
      '36 35 98:0 /a\\040b /mnt/\\303\\244\\134 rw,noatime master:1 shared:2 - ext3 /dev/sda1 rw,errors=continue';
    expect(parseMountinfo(line)).toEqual([
      {
        id: '36',
        root: '/a b',
        mountpoint: '/mnt/ä\\',
        options: ['rw', 'noatime'],
        type: 'ext3',
        source: '/dev/sda1',
        superOptions: ['rw', 'errors=continue'],
      },
    ]);
  });

  it('sees only the upper one of two mounts in one place', () => {
    const rows = parseMountinfo('1 0 8:1 / /x rw - ext4 /dev/sda1 rw\n2 1 8:2 / /x rw - ext4 /dev/sda2 rw\n');
    expect(rows.map(({ id }) => id)).toEqual(['2']);
  });
});

describe('byDeviceName', () => {
  it('counts numbers, and the letters of disks', () => {
    const names = ['sdaa', 'sdz', 'sda10', 'sda2', 'nvme1n1p2', 'nvme0n1p10', 'nvme0n1p9', 'vdb', 'vda'];
    expect(names.sort(byDeviceName)).toEqual([
      ...['nvme0n1p9', 'nvme0n1p10', 'nvme1n1p2', 'sda2', 'sda10', 'sdz', 'sdaa', 'vda', 'vdb'],
    ]);
  });
});

describe('stackOf', () => {
  it('goes through volumes, encryption, arrays and partitions down to the disks, and through circles once', () => {
    const devices = parseBlockDevices(
      [
        'dm-1|253:1|100|||dm-0|vg-root|LVM-x||/dev/dm-1|',
        'dm-0|253:0|100|||md0|luks|CRYPT-LUKS2-x||/dev/dm-0|',
        'md0|9:0|100|||sdb1,sda1|||raid1|/dev/md0|',
        'sda1|8:1|100|1|sda|||||/dev/sda1|',
        'sdb1|8:17|100|1|sdb|||||/dev/sdb1|',
        'sda|8:0|200||||||||',
        'sdb|8:16|200||||||||',
        'dm-7|253:7|100|||dm-8|a|LVM-y||/dev/dm-7|',
        'dm-8|253:8|100|||dm-7|b|LVM-z||/dev/dm-8|',
      ].join('\n'),
    );
    expect(stackOf(devices, 'dm-1')).toMatchObject({
      layers: ['lvm', 'luks', 'raid1'],
      disks: ['sda', 'sdb'],
    });
    expect(stackOf(devices, 'dm-7').layers).toEqual(['lvm']);
  });
});

describe('parseBlkid', () => {
  it('takes away the backslashes that protect shell characters', () => {
    expect(parseBlkid('LABEL=my\\ \\$disk\nTYPE=ext4\n').get('LABEL')).toBe('my $disk');
  });
});

describe('parseOsRelease', () => {
  it('reads quotes of both kinds', () => {
    expect(parseOsRelease(`ID='sles'\nID_LIKE="suse opensuse"\nVERSION_ID=15.5\nNAME="A \\"b\\""\n`)).toEqual(
      {
        id: 'sles',
        idLike: ['suse', 'opensuse'],
        versionId: '15.5',
        prettyName: 'A "b"',
      },
    );
  });
});

describe('parseExt', () => {
  const dump = (reserved: string, blocks = '524288000') =>
    `Filesystem features:      has_journal\nInode count:              1000\nBlock count:              ${blocks}\n` +
    `${reserved}Free blocks:              1\nBlock size:               4096\nInode size:               256\n`;
  const percent = (...words: Parameters<typeof dump>) => parseExt(dump(...words)).reservedPercent;

  it.each([
    ['0', 0],
    ['26214400', 5],
    ['2621440', 0.5],
    ['174762666', 33.33],
    ['300000000', 50],
  ])('tells what is reserved for root: %s blocks', (count, expected) => {
    expect(percent(`Reserved block count:     ${count}\n`)).toBe(expected);
  });

  it('tells nothing of it where dumpe2fs does not, or there are no blocks', () => {
    expect(parseExt(dump(''))).not.toHaveProperty('reservedPercent');
    expect(percent('Reserved block count:     0\n', '0')).toBeUndefined();
  });
});

describe('parseBtrfs', () => {
  const superblock =
    'csum_type\t\tcrc32c\nnodesize\t\t16384\nincompat_flags\t\t0x1\n\t\t\t( DEFAULT_SUBVOL )\n';
  const list = [
    'ID 256 gen 9 top level 5 path @',
    'ID 257 gen 9 top level 256 path var/lib/machines',
    'ID 258 gen 9 top level 5 path @home',
    'ID 259 gen 9 top level 256 path .snapshots/1/snapshot',
  ].join('\n');

  it('makes paths below the mounted subvolume whole, and knows which are frozen', () => {
    const facts = parseBtrfs({
      superblock,
      subvolumes: list,
      readonlySubvolumes: 'ID 259 gen 9 top level 256 path .snapshots/1/snapshot\n',
      listedSubvolume: '256\n',
      defaultSubvolume: 'ID 256 gen 9 top level 5 path @\n',
      quota: 'on\n',
    });
    expect(facts).toEqual({
      family: 'btrfs',
      nodeSize: 16384,
      checksum: 'crc32c',
      incompat: ['DEFAULT_SUBVOL'],
      subvolumes: [
        { id: 256, path: '@', readonly: false },
        { id: 257, path: '@/var/lib/machines', readonly: false },
        { id: 258, path: '@home', readonly: false },
        { id: 259, path: '@/.snapshots/1/snapshot', readonly: true },
      ],
      defaultSubvolume: 256,
      quota: true,
    });
  });

  it('sees no snapshot that an agent has taken', () => {
    const ours = [
      '',
      'ID 300 gen 9 top level 5 path .fleetlift-4711/0',
      'ID 301 gen 9 top level 5 path .fleetlift-notes',
    ].join('\n');
    const facts = parseBtrfs({
      superblock,
      subvolumes: list + ours,
      readonlySubvolumes: ours,
      listedSubvolume: '5\n',
      defaultSubvolume: null,
      quota: null,
    });
    expect(facts).not.toHaveProperty('quota');
    expect(facts.subvolumes.slice(4)).toEqual([{ id: 301, path: '.fleetlift-notes', readonly: true }]);
  });
});
