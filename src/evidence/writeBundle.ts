import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pack, type Pack } from 'tar-stream';
import { FleetliftError } from '../errors/FleetliftError.js';
import { isMemberName, MANIFEST, PUBLIC_KEY, SIGNATURE, type Member } from './format.js';
import { renderManifest } from './manifest.js';
import { signText } from './signature.js';
import type { SigningKey } from './signingKey.js';
import { compressInto } from './zstd.js';

/**
 * Writes a signed bundle, `.tar.zst`; a reader sees the file whole or not at all.
 *
 * The manifest comes first, though every member has to be read twice for it: so whoever checks a bundle knows what is to
 * come, holds nothing in memory, and can name what a truncated one lacks.
 *
 * @throws FleetliftError E-EVIDENCE-WRITE where it cannot be written, or a member changed meanwhile
 */
export async function writeBundle(file: string, members: readonly Member[], key: SigningKey): Promise<void> {
  const all = [textMember(PUBLIC_KEY, `${key.publicKey}\n`), ...members];
  const sizes = new Map<string, number>();
  const hashes = new Map<string, string>();
  for (const member of all) {
    if (!isMemberName(member.name) || hashes.has(member.name)) {
      throw new FleetliftError('E-INTERNAL', { message: `${member.name} cannot name a member of a bundle` });
    }
    const { hash, sizeBytes } = await digest(member.bytes());
    hashes.set(member.name, hash);
    sizes.set(member.name, sizeBytes);
  }
  const manifest = renderManifest(hashes);
  const signature = await signText(key.file, manifest);
  const temporary = `${file}.new`;
  try {
    await compressInto(
      Readable.from(
        archive([textMember(MANIFEST, manifest), textMember(SIGNATURE, signature), ...all], sizes),
      ),
      temporary,
    );
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A member whose text is at hand. */
export function textMember(name: string, text: string): Member {
  return { name, bytes: () => Readable.from([Buffer.from(text)]) };
}

/** SHA-256 and length of a stream. */
export async function digest(bytes: AsyncIterable<Uint8Array>): Promise<{ hash: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { hash: hash.digest('hex'), sizeBytes };
}

async function* archive(
  members: readonly Member[],
  sizes: ReadonlyMap<string, number>,
): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const filling = fill(tar, members, sizes).catch((error: unknown) => tar.destroy(error as Error));
  yield* tar as AsyncIterable<Uint8Array>;
  await filling;
}

async function fill(
  tar: Pack,
  members: readonly Member[],
  sizes: ReadonlyMap<string, number>,
): Promise<void> {
  for (const { name, bytes } of members) {
    const size = sizes.get(name) ?? (await digest(bytes())).sizeBytes;
    await addEntry(tar, name, size, bytes());
  }
  tar.finalize();
}

/** Time, mode and owner are the same in all: they are not signed, so they shall tell nothing. */
async function addEntry(
  tar: Pack,
  name: string,
  size: number,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    const entry = tar.entry({ name, size, mode: 0o600, mtime: new Date(0) }, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(new FleetliftError('E-EVIDENCE-WRITE', { message: `${name} changed while it was read` }));
    });
    void (async () => {
      for await (const chunk of bytes) {
        if (!entry.write(chunk)) await once(entry, 'drain');
      }
      entry.end(null);
    })().catch(reject);
  });
  return written;
}
