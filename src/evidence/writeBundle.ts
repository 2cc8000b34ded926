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
  const digests = new Map<string, Digest>();
  for (const member of all) {
    if (!isMemberName(member.name) || digests.has(member.name)) {
      throw new FleetliftError('E-INTERNAL', { message: `${member.name} cannot name a member of a bundle` });
    }
    digests.set(member.name, await digest(member.bytes()));
  }
  const manifest = renderManifest(new Map([...digests].map(([name, { hash }]) => [name, hash])));
  const signature = await signText(key.file, manifest);
  const temporary = `${file}.new`;
  try {
    const first = [textMember(MANIFEST, manifest), textMember(SIGNATURE, signature)];
    for (const { name, bytes } of first) digests.set(name, await digest(bytes()));
    await writeArchive(temporary, [...first, ...all], digests);
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

export interface Digest {
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
  readonly sizeBytes: number;
}

/** SHA-256 and length of a stream. */
export async function digest(bytes: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { hash: hash.digest('hex'), sizeBytes };
}

/** Fills the archive while zstd takes it; what stops one of them stops the other. */
async function writeArchive(
  file: string,
  members: readonly Member[],
  digests: ReadonlyMap<string, Digest>,
): Promise<void> {
  const tar = pack();
  tar.on('error', () => undefined);
  const failures: Error[] = [];
  const stop = (error: unknown): void => {
    failures.push(error as Error);
    tar.destroy();
  };
  // Both are waited for: until zstd has ended, its file may come back.
  await Promise.all([
    compressInto(Readable.from(tar), file).catch(stop),
    fill(tar, members, digests).catch(stop),
  ]);
  const [failure] = failures;
  if (failure !== undefined) throw failure;
}

async function fill(
  tar: Pack,
  members: readonly Member[],
  digests: ReadonlyMap<string, Digest>,
): Promise<void> {
  for (const member of members) {
    const signed = digests.get(member.name);
    if (signed !== undefined) await addEntry(tar, member, signed);
  }
  tar.finalize();
}

/** Time, mode and owner are the same in all: they are not signed, so they shall tell nothing. */
async function addEntry(tar: Pack, { name, bytes }: Member, signed: Digest): Promise<void> {
  const changed = new FleetliftError('E-EVIDENCE-WRITE', { message: `${name} changed while it was read` });
  const hash = createHash('sha256');
  await new Promise<void>((resolve, reject) => {
    const header = { name, size: signed.sizeBytes, mode: 0o600, mtime: new Date(0) };
    const entry = tar.entry(header, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(changed);
    });
    entry.on('error', () => reject(changed));
    void (async () => {
      for await (const chunk of bytes()) {
        hash.update(chunk);
        if (!entry.write(chunk)) await once(entry, 'drain');
      }
      entry.end(null);
    })().catch(reject);
  });
  if (hash.digest('hex') !== signed.hash) throw changed;
}
