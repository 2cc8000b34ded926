import { expect, test } from 'vitest';
import { espPart, passFilesystems } from './passFilesystems.js';
import { btrfs, facts, root, server, xfs } from './testing/facts.js';

const filesystems = [
  root(),
  xfs('/var', { id: 'var' }),
  btrfs([{ mountpoint: '/home', root: '/@home', options: [] }], { id: 'home' }),
  xfs('/srv/data', { id: 'data', disk: 'disk1' }),
];
const excludesOf = (excludes: Record<string, string[]>) =>
  Object.fromEntries(
    passFilesystems(facts({ filesystems }), server({ excludes })).map((one) => [one.id, one.excludes]),
  );

test('a whole filesystem is read through its mount, a subvolume through the device', () => {
  expect(passFilesystems(facts({ filesystems }), server()).map((one) => one.read)).toEqual([
    { kind: 'bind', mountpoint: '/' },
    { kind: 'bind', mountpoint: '/var' },
    { kind: 'device', device: '/dev/vda1', type: 'btrfs' },
    { kind: 'bind', mountpoint: '/srv/data' },
  ]);
});

test('the ESP is no filesystem of the replica, and is read by itself', () => {
  const esp = root({
    ...{ id: 'esp0', type: 'vfat', uuid: 'AB12-34CD', usedBytes: 6 << 20 },
    features: { family: 'other' },
    mounts: [{ mountpoint: '/boot/efi', root: '/', options: [] }],
  });
  const source = facts({ filesystems: [...filesystems, esp] });
  expect(passFilesystems(source, server()).map((one) => one.id)).not.toContain('esp0');
  expect(espPart(source)).toEqual([
    { id: 'esp', read: { kind: 'bind', mountpoint: '/boot/efi' }, excludes: ['/lost+found'] },
  ]);
  expect(espPart(facts({ filesystems }))).toEqual([]);
  // More than the relay has room for: such an ESP may have grown since the first pass.
  const grown = { ...esp, usedBytes: 500 << 20 };
  expect(espPart(facts({ filesystems: [...filesystems, grown] }))).toEqual([]);
});

test('one of which there is a snapshot is read from that, whatever its mounts', () => {
  const parts = passFilesystems(facts({ filesystems }), server(), ['var', 'home']);
  expect(parts.map(({ read }) => read.kind)).toEqual(['bind', 'snapshot', 'snapshot', 'bind']);
});

test('excludes of the system disk go to the filesystem that holds them, as it sees them', () => {
  expect(excludesOf({ system: ['/var/tmp/', '/opt/big/', '/home/bob/cache/', '*.iso'] })).toEqual({
    fs0: ['/opt/big/', '*.iso'],
    var: ['/tmp/', '*.iso'],
    home: ['/@home/bob/cache/', '*.iso'],
    data: [],
  });
});

test('excludes of a data disk are relative to its mount point', () => {
  expect(excludesOf({ disk1: ['/mydirs2/docs2/words2/'] })['data']).toEqual(['/mydirs2/docs2/words2/']);
});

test('a folder that is left out takes along what is mounted below it', () => {
  expect(excludesOf({ system: ['/home/'] })).toMatchObject({ fs0: ['/home/'], home: ['/@home/*'], var: [] });
});
