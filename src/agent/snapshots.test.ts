import { describe, expect, it } from 'vitest';
import type { PlannedSnapshot } from '../model/plan.js';
import { encodeSnapshotSpec, parseSnapshotStatus, snapshotFailure } from './snapshots.js';

const failureOf = (answer: string, ...ids: string[]): string | null =>
  snapshotFailure(parseSnapshotStatus(Buffer.from(answer)), ids);

describe('parseSnapshotStatus', () => {
  it.each([
    ['active', '  swi-aos---|12.34', null],
    ['active, of an old LVM', '  swi-ao|0.00', null],
    ['standing still for a moment', 'swi-sos---|1.00', null],
    ['full', 'swi-aos---|100.00', 'fs0: its snapshot ran full'],
    ['invalid', 'swi-Ios---|100.00', 'fs0: its snapshot ran full'],
    ['invalid, of an old LVM', 'Swi-I-|', 'fs0: its snapshot ran full'],
    ['not active', 'swi---s---|', 'fs0: its snapshot cannot be read'],
    ['another volume of that name', '-wi-ao----|', 'fs0: its snapshot cannot be read'],
    ['gone', '', 'fs0: its snapshot is gone'],
  ])('tells of a snapshot of LVM that is %s', (_what, words, failure) => {
    expect(failureOf(`lvm fs0 ${words}\nend\n`, 'fs0')).toBe(failure);
  });

  it('tells whether all snapshots of a btrfs are there', () => {
    expect(failureOf('btrfs fs1 3 3\nend\n', 'fs1')).toBeNull();
    for (const words of ['2 3', '0 0', '', '3'])
      expect(failureOf(`btrfs fs1 ${words}\nend\n`, 'fs1')).toBe('fs1: its snapshots are gone');
  });

  it('wants every filesystem told of, and none else', () => {
    const answer = 'a word of lvs\nlvm fs0 swi-aos---|1.00\nbtrfs fs1 1 2\nend\n';
    expect(failureOf(answer, 'fs0')).toBeNull();
    expect(failureOf(answer, 'fs0', 'fs1')).toBe('fs1: its snapshots are gone');
    expect(failureOf(answer, 'fs2')).toBe('fs2: its snapshot is unknown');
  });

  it('reads why there are none', () => {
    expect(failureOf('gone the server was rebooted\nend\n', 'fs0')).toBe('the server was rebooted');
    expect(failureOf('gone \u001b[2J\nend\n', 'fs0')).toBe('?[2J');
  });

  it.each(['', 'held', 'lvm fs0 swi-aos---|1.00\n', 'end of it'])('refuses %j', (answer) => {
    expect(() => failureOf(answer, 'fs0')).toThrow('not how snapshots are');
  });
});

it('names what is to be taken, each value as a file of its own', () => {
  const snapshots: PlannedSnapshot[] = [
    {
      filesystem: 'fs0',
      kind: 'lvm',
      mountpoint: '/',
      type: 'xfs',
      group: 'rhel',
      volume: 'root',
      extents: 7,
    },
    { filesystem: 'fs1', kind: 'btrfs', mountpoint: '/a b', device: '/dev/sdb' },
  ];
  const files = encodeSnapshotSpec(snapshots)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name, value = '']) => `${name ?? ''}=${Buffer.from(value, 'base64').toString('utf8')}`);
  expect(files).toEqual([
    'filesystems=fs0\nfs1\n',
    'fs0.kind=lvm',
    'fs0.mountpoint=/',
    'fs0.type=xfs',
    'fs0.group=rhel',
    'fs0.volume=root',
    'fs0.extents=7',
    'fs1.kind=btrfs',
    'fs1.mountpoint=/a b',
    'fs1.device=/dev/sdb',
    'end=',
  ]);
});
