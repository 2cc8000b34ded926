import type { ServerTree } from '../../tree/ServerTree.js';
import type { ImageRule } from '../ImageRule.js';
import { INTERFACES, INTERFACES_FOLDER } from './interfacesFile.js';
import { hasDhcpClient, managersInUse } from './managersInUse.js';

export const ifupdown: ImageRule = {
  id: 'network-ifupdown',
  reason:
    'any Ethernet card asks for its address by DHCP; the former settings are kept in /etc/fleetlift/saved',
  async apply(tree) {
    if (!(await managersInUse(tree)).has('ifupdown')) return;
    for (const name of await tree.list(INTERFACES_FOLDER)) {
      const file = `${INTERFACES_FOLDER}/${name}`;
      if (!(await tree.isFile(file))) continue;
      await tree.save(file);
      await tree.remove(file);
    }
    await tree.save(INTERFACES);
    const dhcp = (await hasDhcpClient(tree)) ? await dhcpStanzas(tree) : [];
    await tree.write(INTERFACES, [...HEAD, ...dhcp, ''].join('\n'));
  },
};

const HEAD = [
  '# Written by fleetlift; the former settings are kept below /etc/fleetlift/saved/etc/network.',
  `source ${INTERFACES_FOLDER}/*`,
  '',
  'auto lo',
  'iface lo inet loopback',
];

/** interfaces(5): `auto` takes patterns, which stand for the cards that there are. Releases before 0.8.16 have none. */
async function dhcpStanzas(tree: ServerTree): Promise<string[]> {
  if (await knowsPatterns(tree)) {
    return ['', 'auto /en*=fleetlift /eth*=fleetlift', 'iface fleetlift inet dhcp'];
  }
  return KERNEL_AND_SLOT_NAMES.flatMap((name) => ['', `allow-hotplug ${name}`, `iface ${name} inet dhcp`]);
}

/** What a virtual machine's first cards are called by the kernel and by systemd; a name without a card does no harm. */
const KERNEL_AND_SLOT_NAMES = [
  ...numbered('eth', 0, 4),
  ...numbered('ens', 1, 16),
  ...numbered('enp0s', 1, 16),
  ...['enp1s0', 'enp2s0', 'enp3s0'],
];

function numbered(prefix: string, first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${first + index}`);
}

async function knowsPatterns(tree: ServerTree): Promise<boolean> {
  const status = await tree.readText('/var/lib/dpkg/status').catch(() => null);
  const version = /^Package: ifupdown\n(?:.+\n)*?Version: (?:\d+:)?(\d+)\.(\d+)(?:\.(\d+))?/m.exec(
    status ?? '',
  );
  if (version === null) return false;
  const [major, minor, patch] = [Number(version[1]), Number(version[2]), Number(version[3] ?? 0)];
  return major > 0 || minor > 8 || (minor === 8 && patch >= 16);
}
