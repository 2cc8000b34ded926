import { stat } from 'node:fs/promises';
import { connectionsFolder, wireBytes } from './connections.js';

/** What was written this shortly ago may be written again without its time changing. */
const FRESH_MS = 2_000;

/**
 * Wire bytes of jobs for one who asks again and again. A job that waits for weeks has had thousands of connections: they
 * are read anew only where something has come since.
 */
export class CountedBytes {
  private known = new Map<string, { mtimeMs: number; bytes: number }>();

  /** Bytes of each job, by its receiver's folder; others are forgotten. */
  async of(receivers: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const counted = new Map<string, { mtimeMs: number; bytes: number }>();
    for (const receiver of receivers) {
      const mtimeMs = await changedAt(connectionsFolder(receiver));
      if (mtimeMs === null) continue;
      const before = this.known.get(receiver);
      const bytes = before?.mtimeMs === mtimeMs ? before.bytes : await wireBytes(receiver);
      counted.set(receiver, { bytes, mtimeMs: Date.now() - mtimeMs > FRESH_MS ? mtimeMs : NaN });
    }
    this.known = counted;
    return new Map([...counted].map(([receiver, { bytes }]) => [receiver, bytes]));
  }
}

/** Null where there is none: to read its connections would make the folder, also that of a job being deleted. */
async function changedAt(folder: string): Promise<number | null> {
  try {
    return (await stat(folder)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
