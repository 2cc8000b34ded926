import { describe, expect, test } from 'vitest';
import { BTRFS } from '../relay/testing/plans.js';
import type { FilesystemFacts, KernelFacts, VolumeFacts, VolumeGroupFacts } from '../model/facts.js';
import { planReplica } from './planReplica.js';
import { GIB, MIB } from './sizes.js';
import { fitSnapshots, judgeSnapshots } from './snapshots.js';
import { btrfs, facts, kernel, root, server, swap, xfs } from './testing/facts.js';

const EXTENT = 4 * MIB;
const group = (freeExtents: number, change: Partial<VolumeGroupFacts> = {}): VolumeGroupFacts => ({
  name: 'vg0',
  extentBytes: EXTENT,
  freeExtents,
  changeable: true,
  ...change,
});
const volume = (name: string, kind: VolumeFacts['kind'] = 'plain'): VolumeFacts => ({
  group: 'vg0',
  name,
  kind,
});
/** 20 GiB and 10 GiB on one volume group: 1024 and 512 extents are wanted. */
const onLvm = [
  root({ sizeBytes: 20 * GIB, layers: ['lvm'], volume: volume('root') }),
  xfs('/srv', { sizeBytes: 10 * GIB, layers: ['lvm'], volume: volume('srv') }),
];
const data = (change: Partial<FilesystemFacts> = {}): FilesystemFacts =>
  btrfs([{ mountpoint: '/data', root: '/@', options: ['rw'] }], { sizeBytes: 10 * GIB, ...change });
const reasonsOf = (filesystems: FilesystemFacts[], groups: VolumeGroupFacts[] = [group(10_000)]): string[] =>
  judgeSnapshots(facts({ filesystems, volumeGroups: groups }), filesystems).map((verdict) =>
    verdict.snapshot === null ? verdict.reason : '',
  );
const extentsOf = (freeExtents: number): (number | null)[] =>
  judgeSnapshots(facts({ filesystems: onLvm, volumeGroups: [group(freeExtents)] }), onLvm).map(
    ({ snapshot }) => (snapshot?.kind === 'lvm' ? snapshot.extents : null),
  );

describe('snapshots', () => {
  test('of volumes have a fifth of each, or share nine tenths of what is free', () => {
    expect(extentsOf(10_000)).toEqual([1024, 512]);
    expect(extentsOf(1000)).toEqual([600, 300]);
    expect(extentsOf(171)).toEqual([102, 51]);
    expect(extentsOf(170)).toEqual([null, null]);
    expect(reasonsOf(onLvm, [group(10)])).toEqual([
      'volume group vg0 has 40 MiB free, and 683 MiB are needed',
      'volume group vg0 has 40 MiB free, and 683 MiB are needed',
    ]);
  });

  test('are never larger than what a last pass can need', () => {
    const large = [root({ sizeBytes: 4000 * GIB, volume: volume('root') })];
    const judged = judgeSnapshots(facts({ filesystems: large, volumeGroups: [group(1_000_000)] }), large);
    expect(judged).toMatchObject([{ snapshot: { extents: (64 * GIB) / EXTENT } }]);
  });

  test('name what the agent takes and mounts', () => {
    const filesystems = [...onLvm, data()];
    const plan = planReplica(facts({ filesystems, volumeGroups: [group(10_000)] }), server());
    expect(plan.snapshots).toEqual([
      {
        filesystem: 'fs0',
        kind: 'lvm',
        mountpoint: '/',
        type: 'ext4',
        group: 'vg0',
        volume: 'root',
        extents: 1024,
      },
      {
        filesystem: 'fs/srv',
        kind: 'lvm',
        mountpoint: '/srv',
        type: 'xfs',
        group: 'vg0',
        volume: 'srv',
        extents: 512,
      },
      { filesystem: 'fs7', kind: 'btrfs', mountpoint: '/data', device: '/dev/vda1' },
    ]);
  });

  test('are not in the plan where there are none, and where the inventory says off', () => {
    expect(planReplica(facts(), server())).not.toHaveProperty('snapshots');
    const off = { ...server(), sync: { ...server().sync, snapshot: 'off' as const } };
    const plan = planReplica(facts({ filesystems: [root(), data()] }), off);
    expect(plan).not.toHaveProperty('snapshots');
  });

  test('of facts of an agent that did not look are none', () => {
    const judged = judgeSnapshots(facts({ filesystems: onLvm }), onLvm);
    expect(judged.map(({ snapshot }) => snapshot)).toEqual([null, null]);
    expect(reasonsOf([root({ layers: ['lvm'] })], [])).toEqual(['LVM does not tell of its volume']);
  });

  test('are refused with the reason', () => {
    const readOnly = [{ mountpoint: '/', root: '/', options: ['ro', 'relatime'] }];
    const many = Array.from({ length: 101 }, (_, id) => ({ id, path: `s${String(id)}`, readonly: true }));
    expect(
      reasonsOf([
        root(),
        root({ mounts: readOnly, volume: volume('root') }),
        xfs('/thin', { volume: volume('thin', 'thin') }),
        xfs('/cached', { volume: volume('cached', 'other') }),
        data({ usedBytes: 9.5 * GIB }),
        data({ features: { ...BTRFS, subvolumes: many } }),
        data({ features: { ...BTRFS, quota: true } }),
      ]),
    ).toEqual([
      'neither btrfs nor on LVM',
      'mounted read-only',
      'a snapshot could fill the pool of its thin volume',
      'LVM takes none here of volume vg0/cached',
      'less than 10 % of it is free',
      '101 subvolumes are more than 100',
      'it counts quotas of its subvolumes',
    ]);
    expect(reasonsOf(onLvm.slice(0, 1), [group(10_000, { changeable: false })])).toEqual([
      'LVM takes none here of volume vg0/root',
    ]);
  });

  test('are not taken of what an initramfs mounts, unless it is known to activate volumes that have some', () => {
    const { activatesSnapshots: _, ...old } = kernel('6.1.0-17-amd64');
    const judged = (...kernels: KernelFacts[]): (string | null)[] => {
      const { boot } = facts();
      const running = { ...boot, kernels };
      return judgeSnapshots(
        facts({ filesystems: onLvm, volumeGroups: [group(10_000)], boot: running }),
        onLvm,
      ).map((verdict) => (verdict.snapshot === null ? verdict.reason : null));
    };
    const refused = [expect.stringContaining('no dm-snapshot'), null];
    expect(judged(old, kernel('6.1.0-18-amd64'))).toEqual([null, null]);
    expect(judged(kernel('6.1.0-18-amd64'), { ...old, release: '6.1.0-19-amd64' })).toEqual(refused);
    expect(judged({ ...old, release: '6.1.0-18-amd64' }, kernel('6.1.0-19-amd64'))).toEqual(refused);
    expect(judged()).toEqual(refused);
  });

  test('of btrfs are refused where it holds a swap file, and only there', () => {
    const filesystems = [root(), data()];
    const judged = (path: string) =>
      judgeSnapshots(facts({ filesystems, swaps: [swap({ kind: 'file', path })] }), [data()])[0]?.snapshot;
    expect(judged('/data/swapfile')).toBeNull();
    expect(judged('/swapfile')).not.toBeNull();
    expect(judged('/database/swapfile')).not.toBeNull();
  });
});

describe('fitSnapshots', () => {
  const source = facts({ filesystems: [...onLvm, data()], volumeGroups: [group(10_000)] });
  const planned = planReplica(source, server()).snapshots ?? [];

  test('measures the room anew, for those that are planned', () => {
    const first = planned.slice(0, 1);
    expect(fitSnapshots(first, source, [group(500)])).toEqual([{ ...first[0], extents: 450 }]);
    expect(fitSnapshots(planned, source, [group(1000)])).toMatchObject([
      { extents: 600 },
      { extents: 300 },
      { kind: 'btrfs' },
    ]);
  });

  test('refuses where one of them is no longer possible', () => {
    expect(() => fitSnapshots(planned, source, [group(0)])).toThrow(
      'no snapshot of / of web1 can be taken: volume group vg0 has 0 MiB free',
    );
    expect(() => fitSnapshots(planned, source, [])).toThrow('LVM takes none here of volume vg0/root');
  });
});
