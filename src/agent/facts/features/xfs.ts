import type { XfsFeatures } from '../../../model/facts.js';
import { countOf } from '../values.js';

/** Values of the first section that are sizes or counts, even where they are 0 or 1. */
const NUMBERS = new Set(['isize', 'agcount', 'agsize', 'sectsz', 'attr']);
/** Of the other sections only these are features. */
const OTHER_FLAGS = new Set(['ascii-ci', 'ftype', 'lazy-count', 'parent']);

/** Reads `xfs_info`: sections `name =key value, key=value`, each with lines that go on without a name. */
export function parseXfs(text: string): XfsFeatures {
  const values = new Map<string, string>();
  const flags: Record<string, boolean> = {};
  let section = '';
  for (const line of text.split('\n')) {
    section = /^([a-z-]+)\s*=/.exec(line)?.[1] ?? section;
    for (const [, key = '', value = ''] of line.matchAll(/([a-z][a-z0-9-]{0,31})=([^\s,]+)/g)) {
      values.set(`${section}.${key}`, value);
      if (value !== '0' && value !== '1') continue;
      if (section === 'meta-data' ? !NUMBERS.has(key) : OTHER_FLAGS.has(key)) flags[key] = value === '1';
    }
  }
  return {
    family: 'xfs',
    blockSize: countOf(values.get('data.bsize'), 'the block size of xfs'),
    sectorSize: countOf(values.get('meta-data.sectsz'), 'the sector size of xfs'),
    flags,
  };
}
