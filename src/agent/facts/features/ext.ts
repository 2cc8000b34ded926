import type { ExtFeatures } from '../../../model/facts.js';
import { countOf, wordOf } from '../values.js';

/** Reads `dumpe2fs -h`. */
export function parseExt(text: string): ExtFeatures {
  const fields = new Map(
    text.split('\n').flatMap((line) => {
      const match = /^([A-Z][^:]*):\s*(.*)$/.exec(line);
      return match === null ? [] : [[match[1], match[2] ?? ''] as const];
    }),
  );
  return {
    family: 'ext',
    features: (fields.get('Filesystem features') ?? '')
      .split(/\s+/)
      .filter((feature) => feature !== '' && feature !== '(none)')
      .map((feature) => wordOf(feature, 'a feature of ext')),
    blockSize: countOf(fields.get('Block size'), 'the block size of ext'),
    // Revision 0 doesn't tell: it knows one size only.
    inodeSize: countOf(fields.get('Inode size') ?? '128', 'the inode size of ext'),
    inodeCount: countOf(fields.get('Inode count'), 'the inode count of ext'),
  };
}
