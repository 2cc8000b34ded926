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
    ...reservedPercent(fields.get('Block count'), fields.get('Reserved block count')),
  };
}

/** To hundredths: it is for a filesystem of another size as well. mke2fs(8) takes no more than half. */
function reservedPercent(
  blocks: string | undefined,
  reserved: string | undefined,
): Pick<ExtFeatures, 'reservedPercent'> {
  if (blocks === undefined || reserved === undefined) return {};
  const count = countOf(blocks, 'the block count of ext');
  if (count === 0) return {};
  const share = countOf(reserved, 'the reserved block count of ext') / count;
  return { reservedPercent: Math.min(50, Math.round(share * 10_000) / 100) };
}
