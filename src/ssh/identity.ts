import { readFile } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { isMissing } from './fileErrors.js';
import type { IdentityFile } from './settings.js';

/** What an identity file turned out to be. */
export type Identity =
  | { readonly kind: 'private'; readonly file: IdentityFile; readonly key: ParsedKey }
  /** Only the agent can sign with it: locked by a passphrase, or a public key. `key`: its public half, where known. */
  | { readonly kind: 'locked'; readonly file: IdentityFile; readonly key: ParsedKey | null }
  | { readonly kind: 'missing'; readonly file: IdentityFile }
  | { readonly kind: 'broken'; readonly file: IdentityFile; readonly why: string };

/** Reads a private key (OpenSSH's own format, PEM, PuTTY's), without ever asking for a passphrase. */
export async function readIdentity(file: IdentityFile): Promise<Identity> {
  let text: string;
  try {
    text = await readFile(file.path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing', file };
    return { kind: 'broken', file, why: error instanceof Error ? error.message : String(error) };
  }
  const key = parseKey(text);
  if (key instanceof Error) {
    if (/encrypted/i.test(key.message) || /^Proc-Type:.*ENCRYPTED|BEGIN ENCRYPTED/m.test(text))
      return { kind: 'locked', file, key: await publicHalf(file) };
    return { kind: 'broken', file, why: key.message };
  }
  return key.isPrivateKey() ? { kind: 'private', file, key } : { kind: 'locked', file, key };
}

/** Whether two keys are the same pair. */
export function sameKey(one: ParsedKey, other: ParsedKey): boolean {
  return one.getPublicSSH().equals(other.getPublicSSH());
}

/** The public key beside a locked private one tells which of the agent's keys it is. */
async function publicHalf(file: IdentityFile): Promise<ParsedKey | null> {
  try {
    const key = parseKey(await readFile(`${file.path}.pub`, 'utf8'));
    return key instanceof Error ? null : key;
  } catch {
    // Without the .pub file the agent's keys are all tried.
    return null;
  }
}

/** A file may hold several keys, though ssh2’s types do not say so: the first one counts. */
function parseKey(text: string): ParsedKey | Error {
  const [key] = [ssh2.utils.parseKey(text)].flat();
  return key ?? new Error('no key in it');
}
