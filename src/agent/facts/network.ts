import type { NetworkFacts } from '../../model/facts.js';
import { linesOf, type Evidence } from './evidence.js';
import { installedTools } from './tools.js';
import { readLinks } from './links.js';
import { parseOldPlace } from './oldPlace.js';
import { parseStaticAddresses } from './staticAddresses.js';

/** How the source is on the network. */
export function readNetwork(evidence: Evidence): NetworkFacts {
  const addresses = addressesByInterface(evidence.output('addresses'));
  const oldPlace = parseOldPlace(evidence.output('hosts'));
  const staticAddresses = parseStaticAddresses(evidence.output('static'));
  return {
    interfaces: readLinks(evidence)
      .filter(({ name }) => name !== 'lo')
      .map(({ name, mac }) => ({ name, mac, addresses: addresses.get(name) ?? [] })),
    listeningTcpPorts: parseListeners(evidence.output('listeners')),
    managers: managersOf(evidence),
    ...(staticAddresses.length > 0 ? { staticAddresses } : {}),
    ...(oldPlace.length > 0 ? { oldPlace } : {}),
  };
}

/** Reads `ip -o addr show`; addresses of one link only say nothing to anybody. */
function addressesByInterface(text: string | null): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of linesOf(text)) {
    const [, name = '', address = ''] =
      /^\d+:\s+([^\s@]{1,64})(?:@\S*)?\s+inet6?\s+([0-9a-f.:/]+)/i.exec(line) ?? [];
    if (name === '' || /^fe80:/i.test(address)) continue;
    found.set(name, [...(found.get(name) ?? []), address]);
  }
  return found;
}

/** Reads local addresses of /proc/net/tcp and tcp6: `ADDRESS:PORT` in hexadecimal digits. */
function parseListeners(text: string | null): readonly number[] {
  const ports = linesOf(text).flatMap((line) => {
    const port = /^[0-9A-F]+:([0-9A-F]{4})$/i.exec(line)?.[1];
    return port === undefined ? [] : [Number.parseInt(port, 16)];
  });
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** By the same rules as an image's: what is there, switched on, and has something to do. */
function managersOf(evidence: Evidence): NetworkFacts['managers'] {
  const files = linesOf(evidence.output('network-files'));
  const installed = installedTools(evidence);
  const enabled = new Set(
    linesOf(evidence.output('enabled')).flatMap((line) => /^(\S+) enabled/.exec(line)?.[1] ?? []),
  );
  const configures = (folder: RegExp) => files.some((file) => folder.test(file));
  const configured = linesOf(evidence.output('ifupdown')).some((line) => !/^\s*iface\s+lo\s/.test(line));
  const netplan = installed.has('netplan') && configures(/^\/etc\/netplan\//);
  const managers: NetworkFacts['managers'][number][] = [];
  if (installed.has('ifup') && configured) managers.push('ifupdown');
  if (netplan) managers.push('netplan');
  if (enabled.has('systemd-networkd') && !netplan) managers.push('systemd-networkd');
  if (enabled.has('NetworkManager')) managers.push('NetworkManager');
  if (configures(/^\/etc\/sysconfig\/network-scripts\/ifcfg-(?!lo$)/)) managers.push('ifcfg');
  if (enabled.has('wicked')) managers.push('wicked');
  return managers;
}
