import { isIP } from 'node:net';
import type { NetworkFacts } from '../../model/facts.js';
import { linesByFile } from './evidence.js';

type StaticAddress = NonNullable<NetworkFacts['staticAddresses']>[number];

/** More is no network configuration that a person reads. */
const MAX_ADDRESSES = 200;

/**
 * Addresses in the agent's `static`: `file PATH`, then lines of that file as ifupdown, netplan, systemd-networkd,
 * NetworkManager or ifcfg have them.
 */
export function parseStaticAddresses(text: string | null): readonly StaticAddress[] {
  return linesByFile(text)
    .flatMap(({ file, line }) => addressesOf(line, file).map((address) => ({ file, address })))
    .slice(0, MAX_ADDRESSES);
}

function addressesOf(line: string, file: string): string[] {
  // netplan calls name servers addresses as well, but those have no prefix length.
  const prefixed = file.startsWith('/etc/netplan/');
  return (
    (line.match(/[0-9a-f.:]+(?:\/\d{1,3})?/gi) ?? [])
      .filter((word) => isIP(word.split('/')[0] ?? '') !== 0 && (!prefixed || word.includes('/')))
      .filter((word) => !/^(127\.|::1(\/|$))/.test(word))
      // NetworkManager writes the gateway behind the address.
      .slice(0, /^address\d+=/i.test(line.trim()) ? 1 : undefined)
  );
}
