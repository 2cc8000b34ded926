import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { FleetliftError } from '../errors/FleetliftError.js';
import { decompress } from './zstd.js';

/** A member as it comes out of an archive that nobody vouches for. */
export interface ArchiveEntry {
  readonly name: string;
  readonly isFile: boolean;
  /** Must be read to its end. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Reads a `.tar.zst` member by member.
 *
 * @param take throws where it does not want to go on
 * @returns why the archive could not be read to its end, or what `take` said; null: it was
 * @throws FleetliftError E-RELAY-TOOL without zstd
 */
export async function readArchive(
  file: string,
  take: (entry: ArchiveEntry) => Promise<void>,
): Promise<string | null> {
  const unpacked = decompress(file);
  const tar = extract();
  const piped = pipeline(Readable.from(unpacked.bytes), tar).then(() => null, messageOf);
  let stopped: string | null = null;
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      await take({ name, isFile: type === 'file', bytes: entry as AsyncIterable<Uint8Array> });
    }
  } catch (error) {
    stopped = messageOf(error);
    unpacked.giveUp();
    if (error instanceof FleetliftError) throw error;
  }
  // Where zstd failed, what tar says of it is only that something is missing.
  return (await unpacked.failure) ?? stopped ?? (await piped);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
