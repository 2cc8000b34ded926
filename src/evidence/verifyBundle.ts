import { stat } from 'node:fs/promises';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { isMemberName, MANIFEST, MANIFEST_LIMIT_BYTES, SIGNATURE, SIGNATURE_LIMIT_BYTES } from './format.js';
import { parseManifest, type Hashes } from './manifest.js';
import { readArchive, type ArchiveEntry } from './readArchive.js';
import { isWhole, signerOf } from './signature.js';
import { digest } from './writeBundle.js';

/** One thing that is not as it was signed. */
export interface EvidenceProblem {
  readonly code: ErrorCode;
  /** What it is about; null: the archive as a whole. */
  readonly member: string | null;
  readonly message: string;
}

export interface BundleReport {
  /** Members that are as they were signed. */
  readonly intact: number;
  /** Fingerprint of the key whose signature fits; null: none does. */
  readonly signer: string | null;
  readonly problems: readonly EvidenceProblem[];
}

/** Members that nobody signed are named up to this number: a hostile archive may hold millions. */
const NAMED_AT_MOST = 1_000;

/**
 * Checks a bundle offline, as a stream: nothing is unpacked to the disk.
 *
 * @param wantedSigner fingerprint that must have signed; null: whoever did
 * @throws FleetliftError E-USAGE where there is no such file, E-RELAY-TOOL without zstd or ssh-keygen
 */
export async function verifyBundle(file: string, wantedSigner: string | null): Promise<BundleReport> {
  await requireFile(file);
  const check = new Check();
  const damage = await readArchive(file, (entry) => check.take(entry));
  if (damage !== null) check.damaged(damage);
  return check.report(wantedSigner);
}

async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (found?.isFile() === true) return;
  throw new FleetliftError('E-USAGE', {
    message: `there is no file ${file}`,
    remedy: 'fleetlift report verify --help',
  });
}

/** What is known of a bundle after some of its members. */
class Check {
  private readonly problems: EvidenceProblem[] = [];
  private readonly seen = new Set<string>();
  private manifest: string | null = null;
  private signature: string | null = null;
  private hashes: Hashes = new Map();
  private intact = 0;
  private unsigned = 0;
  private isDamaged = false;
  /** The member that is being read. */
  private current: string | null = null;

  async take({ name, isFile, bytes }: ArchiveEntry): Promise<void> {
    this.current = name;
    if (this.manifest === null) {
      if (name !== MANIFEST || !isFile) throw new NoBundle(`it begins with ${name}, not with ${MANIFEST}`);
      this.takeManifest(await held(bytes, MANIFEST_LIMIT_BYTES, MANIFEST));
    } else if (this.signature === null) {
      if (name !== SIGNATURE || !isFile) throw new NoBundle(`${SIGNATURE} does not follow ${MANIFEST}`);
      this.signature = await held(bytes, SIGNATURE_LIMIT_BYTES, SIGNATURE);
    } else {
      await this.takeMember(name, isFile, bytes);
    }
    this.current = null;
  }

  damaged(why: string): void {
    this.isDamaged = true;
    const place = this.current === null ? 'between two members, or at its end' : `in ${this.current}`;
    this.problems.push({
      code: 'E-EVIDENCE-DAMAGED',
      member: this.current,
      message: `the archive cannot be read any further, ${place}: ${why}`,
    });
  }

  async report(wantedSigner: string | null): Promise<BundleReport> {
    for (const name of this.hashes.keys()) {
      if (!this.seen.has(name) && name !== this.current) this.missing(name);
    }
    const signer = await this.checkSignature(wantedSigner);
    return { intact: this.intact, signer, problems: this.problems };
  }

  private takeManifest(text: string): void {
    this.manifest = text;
    const { hashes, strangeLines } = parseManifest(text);
    this.hashes = hashes;
    for (const line of strangeLines.slice(0, NAMED_AT_MOST)) {
      this.altered(MANIFEST, `line ${line} is none that fleetlift writes`);
    }
  }

  private async takeMember(name: string, isFile: boolean, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { hash } = await digest(bytes);
    const signed = isMemberName(name) ? this.hashes.get(name) : undefined;
    if (signed === undefined || !isFile) {
      this.additional(name, isFile ? 'the manifest does not name it' : 'it is no plain file');
    } else if (this.seen.has(name)) {
      this.additional(name, 'it is there a second time');
    } else if (hash !== signed) {
      this.seen.add(name);
      this.altered(name, `sha256 is ${hash}, and was ${signed}`);
    } else {
      this.seen.add(name);
      this.intact += 1;
    }
  }

  private altered(member: string, message: string): void {
    this.problems.push({ code: 'E-EVIDENCE-ALTERED', member, message });
  }

  private additional(member: string, message: string): void {
    this.unsigned += 1;
    if (this.unsigned > NAMED_AT_MOST)
      throw new NoBundle(`${NAMED_AT_MOST} members are not signed, and more`);
    this.problems.push({ code: 'E-EVIDENCE-ADDED', member: member.slice(0, 255), message });
  }

  private missing(member: string): void {
    const message = this.isDamaged ? 'it lies behind the damage, or is missing' : 'it is not in the archive';
    this.problems.push({ code: 'E-EVIDENCE-MISSING', member, message });
  }

  private async checkSignature(wantedSigner: string | null): Promise<string | null> {
    const { manifest, signature } = this;
    if (manifest === null || signature === null) {
      const lacks = manifest === null ? MANIFEST : SIGNATURE;
      if (!this.isDamaged) {
        this.problems.push({
          code: 'E-EVIDENCE-DAMAGED',
          member: lacks,
          message: 'this is no bundle: it ends before',
        });
      }
      return null;
    }
    if (!isWhole(signature)) {
      this.altered(SIGNATURE, 'it is no signature as ssh-keygen writes them');
      return null;
    }
    const signer = await signerOf(manifest, signature);
    if (signer === null) {
      const message = `${MANIFEST} and ${SIGNATURE} do not belong together: one of them was altered`;
      this.problems.push({ code: 'E-EVIDENCE-SIGNATURE', member: MANIFEST, message });
    } else if (wantedSigner !== null && signer !== wantedSigner) {
      const message = `it was signed by ${signer}, not by ${wantedSigner}`;
      this.problems.push({ code: 'E-EVIDENCE-SIGNER', member: SIGNATURE, message });
    }
    return signer;
  }
}

/** The archive is not what a bundle looks like; reading on would tell nothing. */
class NoBundle extends Error {}

async function held(bytes: AsyncIterable<Uint8Array>, limitBytes: number, name: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of bytes) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new NoBundle(`${name} is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}
