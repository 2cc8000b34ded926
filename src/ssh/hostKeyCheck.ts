import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import { isMissing } from './fileErrors.js';
import { keyType, knownHostKeys, knownHostName, parseKnownHosts, type KnownHostKeys } from './knownHosts.js';
import type { ConnectionSettings } from './settings.js';
import { shellQuote } from './shellQuote.js';

/** The check of one host's key against its known_hosts files. */
export interface HostKeyCheck {
  /** Host key algorithms in the order to offer: those of the known keys first, so that the server shows one. */
  readonly algorithms: readonly string[];
  /** Null: the key is known. Else the error to fail with; nothing is ever accepted silently. */
  verdict(key: Buffer): FleetliftError | null;
}

/** What ssh2 can verify, in OpenSSH's order of preference. */
const ALGORITHMS: readonly (readonly [keyType: string, algorithms: readonly string[]])[] = [
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']],
];

/**
 * Reads the known_hosts files of a connection.
 * @param booted the server's image is what is connected to, under the server's name.
 * @throws FleetliftError E-SSH-CONFIG where one cannot be read; a missing one is empty.
 */
export async function hostKeyCheck(
  settings: ConnectionSettings,
  server: string,
  booted: boolean,
): Promise<HostKeyCheck> {
  const texts = await Promise.all(settings.knownHosts.map(readKnownHosts));
  const known = knownHostKeys(texts.flatMap(parseKnownHosts), settings.hostKeyName, settings.port);
  const types = new Set(known.keys.map(({ type }) => type));
  const preferred = ALGORITHMS.filter(([type]) => types.has(type));
  const others = ALGORITHMS.filter(([type]) => !types.has(type));
  return {
    algorithms: [...preferred, ...others].flatMap(([, algorithms]) => algorithms),
    verdict: (key) => judge(key, known, settings, server, booted),
  };
}

/** `SHA256:…` as ssh-keygen prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function judge(
  key: Buffer,
  known: KnownHostKeys,
  settings: ConnectionSettings,
  server: string,
  booted: boolean,
): FleetliftError | null {
  const name = knownHostName(settings.hostKeyName, settings.port);
  const type = keyType(key) ?? 'unknown type';
  const shown = `${server} (${name}) shows the ${type} host key ${fingerprint(key)}`;
  if (known.revoked.some((line) => line.key.equals(key)))
    return new FleetliftError('E-SSH-HOSTKEY-REVOKED', {
      message: `${shown}, which known_hosts marks as revoked`,
    });
  if (known.keys.some((line) => line.key.equals(key))) return null;
  const file = settings.knownHosts[0] ?? '~/.ssh/known_hosts';
  const accept = acceptCommand(`${name} ${type} ${key.toString('base64')}`, file);
  if (known.keys.length > 0) {
    const expected = known.keys.map((line) => `${line.type} ${fingerprint(line.key)}`).join(', ');
    const remedy = booted
      ? 'the image does not carry the server’s host keys: look at /etc/ssh in it before anything else'
      : `find out why before anything else; if it was reinstalled, compare the fingerprint with the server’s console ` +
        `(${SHOW_FINGERPRINTS}), then accept it: ssh-keygen -R ${shellQuote(name)} -f ${shellQuote(file)} && ${accept}`;
    return new FleetliftError('E-SSH-HOSTKEY-CHANGED', {
      message: `${shown}, but known_hosts has ${expected}`,
      remedy,
    });
  }
  const authority =
    known.authorities.length > 0
      ? ' (known_hosts has a @cert-authority for it, which fleetlift does not use: the key itself must stand there)'
      : '';
  return new FleetliftError('E-SSH-HOSTKEY-UNKNOWN', {
    message: `${shown}, which is not in ${settings.knownHosts.join(', ')}${authority}`,
    remedy: `compare the fingerprint with the server’s console (${SHOW_FINGERPRINTS}), then accept it: ${accept}`,
  });
}

/** What prints a server's fingerprints, on itself. */
const SHOW_FINGERPRINTS = 'cat /etc/ssh/ssh_host_*_key.pub | ssh-keygen -lf -';

/** The command that accepts exactly the key that was shown, not whatever a second look would bring. */
function acceptCommand(line: string, file: string): string {
  const folder = dirname(file);
  const makeFolder = existsSync(folder) ? '' : `mkdir -p -m 700 ${shellQuote(folder)} && `;
  return `${makeFolder}printf '%s\\n' ${shellQuote(line)} >> ${shellQuote(file)}`;
}

async function readKnownHosts(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return '';
    throw new FleetliftError('E-SSH-CONFIG', {
      message: `the known_hosts file ${file} cannot be read: ${String(cause)}`,
      remedy: 'check ssh.knownHosts and the file’s owner and mode',
      cause,
    });
  }
}
