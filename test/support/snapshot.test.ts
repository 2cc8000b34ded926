import { describe, expect, it } from 'vitest';
import { diffSnapshots, type SystemSnapshot } from './snapshot.js';

const EMPTY: SystemSnapshot = {
  mounts: [],
  loopDevices: [],
  networkNamespaces: [],
  links: [],
  addresses: [],
  controlGroups: [],
  processes: [],
  authorizedKeys: [],
};

describe('diffSnapshots', () => {
  it('says nothing of equal snapshots, in whatever order', () => {
    const one = { ...EMPTY, processes: ['cron', 'sshd', 'sshd'] };
    expect(diffSnapshots(one, { ...EMPTY, processes: ['sshd', 'cron', 'sshd'] })).toEqual([]);
  });

  it('names what is new and what is gone, and counts', () => {
    const before = { ...EMPTY, mounts: ['/ ext4 /dev/vda1'], processes: ['sshd'] };
    const after = { ...EMPTY, links: ['fl-br0'], processes: ['sshd', 'sshd'] };
    expect(diffSnapshots(before, after)).toEqual([
      'mounts: - / ext4 /dev/vda1',
      'links: + fl-br0',
      'processes: + sshd',
    ]);
  });
});
