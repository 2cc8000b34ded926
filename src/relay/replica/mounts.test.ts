import { describe, expect, it } from 'vitest';
import type { FilesystemFeatures } from '../../model/facts.js';
import { BTRFS } from '../testing/plans.js';
import { mountOptions } from './mounts.js';

const ext: FilesystemFeatures = {
  family: 'ext',
  features: [],
  blockSize: 4096,
  inodeSize: 256,
  inodeCount: 1,
};

describe('mountOptions', () => {
  it('does not ask ext2, which has no journal, to leave it alone', () => {
    expect(mountOptions({ type: 'ext2', features: ext }, true)).toEqual(['ro']);
    expect(mountOptions({ type: 'ext4', features: ext }, true)).toEqual(['ro', 'noload']);
  });

  it('compresses what is written to a btrfs whose source does', () => {
    const partition = { type: 'btrfs', features: BTRFS, compression: 'compress=zstd:3' };
    expect(mountOptions(partition, false)).toEqual(['rw', 'subvolid=5', 'compress=zstd:3']);
    expect(mountOptions(partition, true)).toEqual(['ro', 'subvolid=5']);
  });
});
