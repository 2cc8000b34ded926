import { isIP } from 'node:net';
import type { NetworkFacts } from '../../model/facts.js';
import { linesByFile } from './evidence.js';
import { readable } from './values.js';

type NamedHost = NonNullable<NetworkFacts['oldPlace']>[number];

const MAX_HOSTS = 100;

/** Addresses of private networks, of a carrier's or cloud's own (RFC 6598), and link-local ones, where clouds answer. */
const OWN_ADDRESSES =
  /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe80:)/i;
/** Names that an organisation or a cloud answers for itself alone, mirrors of clouds' own among them. */
const OWN_NAMES = [
  /\.(internal|local|lan|corp|intranet|localdomain|home\.arpa)$/,
  /(^|\.)(cloud\.aliyuncs|tencentyun)\.com$|\.ec2\.archive\.ubuntu\.com$|^azure\.archive\.ubuntu\.com$|^rhui/,
];

/**
 * Hosts in the agent's `hosts` that may answer only where the server is now: `file PATH`, then names and addresses of
 * package mirrors, time servers and name servers in that file.
 */
export function parseOldPlace(text: string | null): readonly NamedHost[] {
  return linesByFile(text)
    .flatMap(({ file, line }) => line.split(/\s+/).map((host) => ({ file, host })))
    .filter(({ host }) => isOfOldPlace(host))
    .slice(0, MAX_HOSTS)
    .map(({ file, host }) => ({ file, host: readable(host, 255) }));
}

function isOfOldPlace(host: string): boolean {
  if (isIP(host) !== 0) return OWN_ADDRESSES.test(host);
  const name = host.toLowerCase();
  return /^[a-z0-9-]+$/.test(name) ? name !== 'localhost' : OWN_NAMES.some((rule) => rule.test(name));
}
