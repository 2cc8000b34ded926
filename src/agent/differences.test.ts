import { describe, expect, it } from 'vitest';
import { parseItems, unescapeName } from './differences.js';

describe('parseItems', () => {
  it('reads itemized lines and deletions by filesystem, and leaves statistics out', () => {
    const output = Buffer.from(
      '= fs0\n>fcst...... etc/a b\n.d..t...... var/log/\n*deleting   old name\n\nNumber of files: 3 (reg: 1)\nTotal file size: 12 bytes\n= fs1\ncL+++++++++ link\nhf+++++++++ hard\n',
    );
    expect(parseItems(output).map((item) => [item.filesystem, item.itemized, item.path.toString()])).toEqual([
      ['fs0', '>fcst......', 'etc/a b'],
      ['fs0', '.d..t......', 'var/log/'],
      ['fs0', '*deleting', 'old name'],
      ['fs1', 'cL+++++++++', 'link'],
      ['fs1', 'hf+++++++++', 'hard'],
    ]);
  });

  it('gives names back as the bytes that they are', () => {
    expect(unescapeName('a\\#012b')).toEqual(Buffer.from('a\nb'));
    expect(unescapeName('\\#377')).toEqual(Buffer.from([255]));
    expect(unescapeName('\\#134#012')).toEqual(Buffer.from('\\#012'));
  });
});
