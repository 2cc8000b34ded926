import { createHmac } from 'node:crypto';
import { matchesWildcard } from './wildcard.js';

/** One line of a known_hosts file that names keys. */
export interface KnownHostLine {
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The first field as it stands: patterns separated by commas, or `|1|salt|hash`. */
  readonly hosts: string;
  /** Key type, e.g. `ssh-ed25519`. */
  readonly type: string;
  /** The key in SSH's own encoding. */
  readonly key: Buffer;
}

/** What known_hosts says about one host. */
export interface KnownHostKeys {
  readonly keys: readonly KnownHostLine[];
  /** Revoked keys hold for every host whose pattern matches. */
  readonly revoked: readonly KnownHostLine[];
  readonly authorities: readonly KnownHostLine[];
}

/**
 * The lines of known_hosts that hold for a host, as sshd(8) describes the format.
 * @param host name or address, lower case; @param port its SSH port: other than 22 stands as `[host]:port`.
 */
export function knownHostKeys(lines: readonly KnownHostLine[], host: string, port: number): KnownHostKeys {
  const name = knownHostName(host, port);
  const matching = lines.filter(({ hosts }) => matchesHost(hosts, name));
  return {
    keys: matching.filter(({ marker }) => marker === 'none'),
    revoked: matching.filter(({ marker }) => marker === 'revoked'),
    authorities: matching.filter(({ marker }) => marker === 'cert-authority'),
  };
}

/** The name under which a host stands in known_hosts. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** Reads a known_hosts file; like OpenSSH it passes over lines that it cannot understand. */
export function parseKnownHosts(text: string): KnownHostLine[] {
  return text.split('\n').flatMap((line) => parseLine(line.trim()) ?? []);
}

function parseLine(line: string): KnownHostLine | null {
  if (line === '' || line.startsWith('#')) return null;
  const fields = line.split(/[ \t]+/);
  const marker = markerOf(fields[0] ?? '');
  if (marker === null) return null;
  const [hosts, type, encoded] = marker === 'none' ? fields : fields.slice(1);
  if (hosts === undefined || type === undefined || encoded === undefined) return null;
  const key = Buffer.from(encoded, 'base64');
  return keyType(key) === type ? { marker, hosts, type, key } : null;
}

function markerOf(field: string): KnownHostLine['marker'] | null {
  if (!field.startsWith('@')) return 'none';
  if (field === '@revoked') return 'revoked';
  return field === '@cert-authority' ? 'cert-authority' : null;
}

/** The type that a key names itself: its first string (RFC 4253, 6.6); null for what is no key. */
export function keyType(key: Buffer): string | null {
  if (key.length < 4) return null;
  const length = key.readUInt32BE(0);
  return length > 0 && length <= 64 && key.length >= 4 + length
    ? key.toString('latin1', 4, 4 + length)
    : null;
}

function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHashed(hosts, name);
  const patterns = hosts.split(',').filter((pattern) => pattern !== '');
  const negated = patterns.filter((pattern) => pattern.startsWith('!'));
  if (negated.some((pattern) => matchesWildcard(pattern.slice(1).toLowerCase(), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesWildcard(pattern.toLowerCase(), name));
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, keyed by the salt. */
function matchesHashed(hosts: string, name: string): boolean {
  const [, version, salt, hash] = hosts.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64'))
    .update(name)
    .digest()
    .equals(Buffer.from(hash, 'base64'));
}
