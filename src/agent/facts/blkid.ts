/** What `blkid -p -o export` found on a device: TYPE, UUID, LABEL, PTTYPE, PART_ENTRY_SCHEME … */
export type Signature = ReadonlyMap<string, string>;

/** Reads blkid's export format, in which shell characters stand behind a backslash. */
export function parseBlkid(text: string): Signature {
  return new Map(
    text.split('\n').flatMap((line) => {
      const match = /^([A-Z0-9_]+)=(.*)$/.exec(line);
      return match === null ? [] : [[match[1] ?? '', (match[2] ?? '').replace(/\\(.)/g, '$1')] as const];
    }),
  );
}
