/** What a bundle is made of. Everything in it can be checked without fleetlift too: tar, zstd, sha256sum, ssh-keygen. */

/** First member: a line `<sha256>  <member>` for every member but itself and its signature, as sha256sum writes them. */
export const MANIFEST = 'manifest.sha256';
/** Second member: the signature of the manifest's bytes, as `ssh-keygen -Y sign` writes it. */
export const SIGNATURE = 'manifest.sha256.sig';
/** The public half of the key that signed, for who checks without fleetlift. */
export const PUBLIC_KEY = 'evidence.pub';
/** Namespace of the signature: one made for something else proves nothing here. */
export const NAMESPACE = 'fleetlift-evidence';
/** Version of the format, in `bundle.json`. */
export const BUNDLE_VERSION = 1;

/** A bundle may come from anywhere: more than this of it is never held in memory. */
export const MANIFEST_LIMIT_BYTES = 32 << 20;
export const SIGNATURE_LIMIT_BYTES = 16 << 10;

/** One file of a bundle. */
export interface Member {
  /** Path in the bundle, of the characters that {@link isMemberName} lets through. */
  readonly name: string;
  /** Its bytes from the start; they are read twice, to be hashed and to be written. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

/** Names that mean the same to every tool: no spaces, nothing to escape, no way out of the folder it is unpacked in. */
export function isMemberName(name: string): boolean {
  return name.length <= 255 && name.split('/').every((part) => /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(part));
}
