import { isMemberName } from './format.js';

/** SHA-256 in hexadecimal by the member's name. */
export type Hashes = ReadonlyMap<string, string>;

/** The manifest as `sha256sum --check` reads it. */
export function renderManifest(hashes: Hashes): string {
  return [...hashes].map(([name, hash]) => `${hash}  ${name}\n`).join('');
}

export interface ParsedManifest {
  readonly hashes: Hashes;
  /** Numbers of lines, from 1, that fleetlift does not write. */
  readonly strangeLines: readonly number[];
}

/** Reads a manifest that may have been altered. */
export function parseManifest(text: string): ParsedManifest {
  const hashes = new Map<string, string>();
  const strangeLines: number[] = [];
  const lines = text.split('\n');
  // After the last line's end there is nothing.
  if (lines.at(-1) === '') lines.pop();
  else strangeLines.push(lines.length);
  for (const [index, line] of lines.entries()) {
    const [, hash = '', name = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (!isMemberName(name) || hashes.has(name)) strangeLines.push(index + 1);
    else hashes.set(name, hash);
  }
  return { hashes, strangeLines };
}
