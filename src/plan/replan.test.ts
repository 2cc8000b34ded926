import { describe, expect, test } from 'vitest';
import type { BtrfsFeatures } from '../model/facts.js';
import { planReplica } from './planReplica.js';
import { replan } from './replan.js';
import { GIB } from './sizes.js';
import { facts, kernel, root, server, xfs } from './testing/facts.js';

describe('replan', () => {
  const before = facts({ filesystems: [root(), xfs('/srv', { sizeBytes: 10 * GIB, usedBytes: GIB })] });
  const plan = planReplica(before, server());

  test('keeps the disks, and takes a new kernel and fstab', () => {
    const updated = facts({
      filesystems: [root({ usedBytes: 3 * GIB }), xfs('/srv', { sizeBytes: 10 * GIB, usedBytes: 2 * GIB })],
      boot: {
        ...before.boot,
        runningKernel: '6.1.0-99-amd64',
        kernels: [...before.boot.kernels, kernel('6.1.0-99-amd64')],
      },
    });
    const again = replan(plan, updated, server());
    expect(again.disks).toBe(plan.disks);
    expect(again.boot).not.toEqual(plan.boot);
    expect(again.boot.kernelRelease).toBe('6.1.0-99-amd64');
  });

  test('takes the files of an ESP along where the one that was made holds them', () => {
    const esp = (usedBytes: number) =>
      root({
        ...{ id: 'fs2', type: 'vfat', uuid: 'AB12-34CD', sizeBytes: GIB, usedBytes },
        features: { family: 'other' },
        mounts: [{ mountpoint: '/boot/efi', root: '/', options: [] }],
      });
    const withEsp = (usedBytes: number) => facts({ filesystems: [...before.filesystems, esp(usedBytes)] });
    const small = planReplica(withEsp(6 << 20), server());
    expect(replan(small, withEsp(8 << 20), server()).espFileBytes).toBe(8 << 20);
    expect(replan(small, withEsp(300 << 20), server()).espFileBytes).toBeUndefined();
    expect(replan(plan, before, server()).espFileBytes).toBeUndefined();
  });

  test('takes the subvolumes that a btrfs has now, and refuses another one as the root', () => {
    const features = (...subvolumes: BtrfsFeatures['subvolumes']): BtrfsFeatures => ({
      family: 'btrfs',
      nodeSize: 16384,
      checksum: 'crc32c',
      incompat: [],
      subvolumes: [{ id: 256, path: '@', readonly: false }, ...subvolumes],
      defaultSubvolume: 5,
    });
    const btrfs = (mounted: string, ...subvolumes: BtrfsFeatures['subvolumes']) =>
      facts({
        filesystems: [
          root({
            type: 'btrfs',
            features: features(...subvolumes),
            mounts: [{ mountpoint: '/', root: mounted, options: [] }],
          }),
        ],
      });
    const snapshot = (id: number) => ({ id, path: `snapshots/${id}`, readonly: true });
    const made = planReplica(btrfs('/@', snapshot(257)), server());
    expect(replan(made, btrfs('/@', snapshot(257)), server()).subvolumes).toBeUndefined();
    const now = replan(made, btrfs('/@', snapshot(258)), server());
    expect(now.disks).toBe(made.disks);
    expect(now.subvolumes).toEqual({
      fs0: { subvolumes: features(snapshot(258)).subvolumes, defaultSubvolume: 5 },
    });
    expect(() => replan(made, btrfs('/snapshots/258', snapshot(258)), server())).toThrow(
      '/ was /@ of its filesystem and is /snapshots/258',
    );
  });

  test.each([
    ['a filesystem that came', [...before.filesystems, xfs('/new', { id: 'fs2' })], '/new is new'],
    ['one that went', before.filesystems.slice(0, 1), '/srv is gone'],
    ['one made anew', [root({ uuid: 'another' }), ...before.filesystems.slice(1)], '/ is new, / is gone'],
    [
      'one that grew beyond its partition',
      [root(), xfs('/srv', { sizeBytes: 20 * GIB, usedBytes: 12 * GIB })],
      '/srv holds more',
    ],
  ])('refuses %s', (_what, filesystems, message) => {
    expect(() => replan(plan, facts({ filesystems }), server())).toThrow(message);
  });
});
