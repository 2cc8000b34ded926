import { describe, expect, test } from 'vitest';
import type { SourceFacts } from '../model/facts.js';
import { planFstab } from './fstab.js';
import { sortFilesystems } from './migrated.js';
import { btrfs, facts, root, swap, xfs } from './testing/facts.js';

/** The lines of the image's fstab. */
function fstab(text: string, changes: Partial<SourceFacts> = {}): string[] {
  const source = facts({ fstab: text, ...changes });
  return planFstab(source, sortFilesystems(source)).entries.map(({ spec, file, type, options, dump, pass }) =>
    [spec, file, type, options, dump, pass].join(' '),
  );
}
const data = (changes = {}) =>
  xfs('/srv/data', { disk: 'disk1', uuid: 'data-uuid', device: '/dev/vdb1', label: 'my data', ...changes });

describe('forms of a device', () => {
  test.each([
    '/dev/vdb1',
    'LABEL=my\\040data',
    'LABEL="my\\040data"',
    'UUID=DATA-uuid',
    'PARTUUID=1234-01',
    '/dev/disk/by-id/wwn-0x5000-part1',
    '/dev/disk/by-label/my\\x20data',
    '/dev/md127',
  ])('%s becomes the UUID, with its options and numbers', (spec) => {
    const lines = fstab(
      `UUID=root-uuid / ext4 errors=remount-ro 0 1\n${spec} /srv/data xfs noatime,uquota 0 2`,
      {
        filesystems: [root(), data()],
      },
    );
    expect(lines).toEqual([
      'UUID=root-uuid / ext4 errors=remount-ro 0 1',
      'UUID=data-uuid /srv/data xfs noatime,uquota,nofail 0 2',
    ]);
  });

  test('a volume that is not mounted where fstab says is found by its other name', () => {
    const volume = data({ device: '/dev/mapper/my--vg-lv--a' });
    const lines = fstab('/dev/my-vg/lv-a /backup xfs noauto 0 0', { filesystems: [root(), volume] });
    expect(lines[1]).toBe('UUID=data-uuid /backup xfs noauto,nofail 0 0');
  });
});

test('comments, blank lines and broken lines are no entries; what is not migrated is left out and said', () => {
  const source = facts({
    fstab:
      '# x\n\nbroken\n  UUID=root-uuid / auto defaults\n/dev/sr0 /media/cdrom udf,iso9660 user,noauto 0 0\n',
  });
  const { entries, remarks } = planFstab(source, sortFilesystems(source));
  expect(entries).toEqual([
    { spec: 'UUID=root-uuid', file: '/', type: 'ext4', options: 'defaults', dump: 0, pass: 0 },
  ]);
  expect(remarks).toEqual(['fstab: /dev/sr0 on /media/cdrom (udf,iso9660) is left out: it is not migrated']);
});

test('network, tmpfs, bind and image files stay, and cannot stop a boot', () => {
  const lines = fstab(
    [
      'UUID=root-uuid / ext4 defaults 0 1',
      'nas:/export /mnt/nas nfs4 ro,_netdev 0 0',
      'vol@host:/x /mnt/other fuse.mine _netdev 0 0',
      '//nas/share /mnt/share cifs credentials=/etc/cred 0 0',
      'tmpfs /tmp tmpfs size=1g 0 0',
      '/srv/a /srv/b none bind 0 0',
      '/iso/a.iso /mnt/iso iso9660 loop,ro 0 0',
    ].join('\n'),
  );
  expect(lines.slice(1)).toEqual([
    'nas:/export /mnt/nas nfs4 ro,_netdev,nofail 0 0',
    'vol@host:/x /mnt/other fuse.mine _netdev,nofail 0 0',
    '//nas/share /mnt/share cifs credentials=/etc/cred,_netdev,nofail 0 0',
    'tmpfs /tmp tmpfs size=1g 0 0',
    '/srv/a /srv/b none bind 0 0',
    '/iso/a.iso /mnt/iso iso9660 loop,ro,nofail 0 0',
  ]);
});

describe('a disk that needed the network on the source', () => {
  test.each([
    '/dev/mapper/vgora-u00',
    '/dev/disk/cloud/azure_resource-part1',
    'UUID=data-uuid',
    'LABEL=my\\040data',
    'PARTUUID=1234-01',
  ])('%s is a local one in the image', (spec) => {
    const disk = data({
      device: '/dev/mapper/vgora-u00',
      mounts: [{ mountpoint: '/u00', root: '/', options: [] }],
    });
    const lines = fstab(`${spec} /u00 xfs defaults,_netdev,_netdev 0 0`, { filesystems: [root(), disk] });
    expect(lines[1]).toBe('UUID=data-uuid /u00 xfs defaults,nofail 0 0');
  });

  test('one that did not come along is left out, as any other disk is', () => {
    const source = facts({ fstab: 'UUID=gone /u01 xfs defaults,_netdev 0 0\n' });
    const { entries, remarks } = planFstab(source, sortFilesystems(source));
    expect(entries.map(({ file }) => file)).toEqual(['/']);
    expect(remarks).toEqual(['fstab: UUID=gone on /u01 (xfs) is left out: it is not migrated']);
  });

  test('a cluster’s filesystem stays one of the network', () => {
    expect(fstab('/dev/sdc1 /shared ocfs2 _netdev 0 0')[1]).toBe(
      '/dev/sdc1 /shared ocfs2 _netdev,nofail 0 0',
    );
  });

  test('its swap too', () => {
    expect(fstab('/dev/vda5 none swap sw,_netdev 0 0', { swaps: [swap()] })[1]).toBe(
      'UUID=swap-uuid none swap sw 0 0',
    );
  });
});

describe('btrfs', () => {
  const mounts = [
    {
      mountpoint: '/home',
      root: '/@home',
      options: ['rw', 'compress=zstd:3', 'subvolid=257', 'subvol=/@home'],
    },
    { mountpoint: '/home/folder', root: '/@home/bound', options: [] },
  ];
  const filesystems = [root(), btrfs(mounts)];

  test.each([
    ['subvol=@home,compress=zstd', 'compress=zstd,subvol=/@home'],
    ['noatime,subvolid=257', 'noatime,subvol=/@home'],
    ['subvolid=5', 'subvol=/'],
    ['defaults', 'defaults,subvol=/@home'],
  ])('%s becomes %s', (options, expected) => {
    expect(fstab(`UUID=btrfs-uuid /home btrfs ${options} 0 0`, { filesystems })[1]).toBe(
      `UUID=btrfs-uuid /home btrfs ${expected} 0 0`,
    );
  });

  test('the default subvolume stays unnamed, as snapper wants it', () => {
    const source = { filesystems: [btrfs([{ mountpoint: '/', root: '/@', options: [] }])] };
    expect(fstab('UUID=btrfs-uuid / btrfs defaults 0 0', source)).toEqual([
      'UUID=btrfs-uuid / btrfs defaults 0 0',
    ]);
  });

  test('a mount that is not listed is added with its wishes; a bind mount of a folder is not', () => {
    expect(fstab('UUID=root-uuid / ext4 defaults 0 1', { filesystems }).slice(1)).toEqual([
      'UUID=btrfs-uuid /home btrfs defaults,compress=zstd:3,subvol=/@home,nofail 0 0',
    ]);
  });
});

test('a root that fstab does not have is added, and is not optional', () => {
  expect(fstab('')).toEqual(['UUID=root-uuid / ext4 defaults 0 1']);
});

test('a place with a space is written as fstab wants it', () => {
  const filesystems = [root(), xfs('/srv/my data', { uuid: 'x' })];
  expect(fstab('', { filesystems })[1]).toBe('UUID=x /srv/my\\040data xfs defaults,noatime,nofail 0 0');
});

test('swap: partitions by UUID in whatever form, files by path, what is not active left out, what is not listed added', () => {
  const file = swap({ kind: 'file', path: '/swap file', uuid: 'file-uuid', label: '' });
  const root = 'UUID=root-uuid / ext4 defaults 0 1\n';
  expect(
    fstab(`${root}PARTUUID=1-5 none swap sw 0 0\n/swap\\040file none swap sw 0 0`, {
      swaps: [swap(), file],
    }).slice(1),
  ).toEqual(['UUID=swap-uuid none swap sw 0 0', '/swap\\040file none swap sw 0 0']);
  expect(fstab(`${root}/dev/gone none swap sw 0 0`, { swaps: [] })).toHaveLength(1);
  expect(fstab(root, { swaps: [file] })[1]).toBe('/swap\\040file none swap sw,nofail 0 0');
});
