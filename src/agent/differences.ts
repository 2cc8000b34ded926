/** The lines of a verify pass: rsync's itemized output, with names as bytes. */

export interface ItemizedLine {
  readonly filesystem: string;
  readonly itemized: string;
  /** Path relative to the filesystem's root, raw bytes: names need not be UTF-8. */
  readonly path: Buffer;
}

const ITEM = /^([<>ch.][fdLDS][-.+?a-zA-Z]{7,9}) (.+)$/s;
const DELETED = /^\*deleting {3}(.+)$/s;

/** Reads the agent's `items`: `= ID` starts a filesystem; what is neither an item nor a deletion is rsync's statistics. */
export function parseItems(output: Buffer): ItemizedLine[] {
  const items: ItemizedLine[] = [];
  let filesystem = '';
  for (const line of output.toString('latin1').split('\n')) {
    const header = /^= ([a-z0-9]+)$/.exec(line)?.[1];
    if (header !== undefined) {
      filesystem = header;
      continue;
    }
    const item = ITEM.exec(line);
    const name = item?.[2] ?? DELETED.exec(line)?.[1];
    if (name === undefined || filesystem === '') continue;
    items.push({ filesystem, itemized: item?.[1] ?? '*deleting', path: unescapeName(name) });
  }
  return items;
}

/** rsync writes a byte that is not printable, and a backslash before `#`, as `\#` and three octal digits. */
export function unescapeName(name: string): Buffer {
  const plain = name.replace(/\\#([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
  return Buffer.from(plain, 'latin1');
}
