import { readFileSync } from 'node:fs';
import type { MigrationResult } from '../model/job.js';

/** PNG of a boot by the path that its result names. */
export type Screenshots = ReadonlyMap<string, Uint8Array>;

/** What a screenshot may take at most in a page that is mailed and kept. */
const LARGEST_BYTES = 1 << 20;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

/** The screenshots that lie on this machine, as those of the embedded relay do; the others are left out. */
export function screenshotsHere({ servers }: MigrationResult): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const { verify } of servers) {
    for (const { screenshot } of verify?.boot ?? []) {
      const content = screenshot === '' ? null : readHere(screenshot);
      if (isScreenshot(content)) found.set(screenshot, content);
    }
  }
  return found;
}

/** Whether that is a picture, and one for a page. */
export function isScreenshot(content: Uint8Array | null): content is Uint8Array {
  return content !== null && content.length <= LARGEST_BYTES && PNG.equals(content.subarray(0, PNG.length));
}

function readHere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    // On another machine, or deleted: the report names its path.
    return null;
  }
}
