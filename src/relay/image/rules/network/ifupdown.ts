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
    const asksDhcp = await hasDhcpClient(tree);
    const takesPatterns = asksDhcp && (await knowsPatterns(tree));
    const stanzas = takesPatterns ? BY_PATTERN : asksDhcp ? BY_NAME : [];
    await tree.write(INTERFACES, [...HEAD, ...stanzas, ''].join('\n'));
    if (takesPatterns) await tree.write(WAIT_FOR_CARDS, WAIT_FOR_CARDS_TEXT);
  },
};

/**
 * A pattern stands for the cards that there are when networking.service starts. Its own wait for udev (ifupdown-pre.service)
 * is left out where it finds none, and a card whose driver is not in the initramfs comes later: the server would stay
 * without network.
 */
const WAIT_FOR_CARDS = '/etc/systemd/system/networking.service.d/fleetlift.conf';
const WAIT_FOR_CARDS_TEXT = `# Written by fleetlift: the patterns of ${INTERFACES} want the cards to be there.
[Unit]
Wants=systemd-udev-settle.service
After=systemd-udev-settle.service
`;

const HEAD = [
  '# Written by fleetlift; the former settings are kept below /etc/fleetlift/saved/etc/network.',
  `source ${INTERFACES_FOLDER}/*`,
  '',
  'auto lo',
  'iface lo inet loopback',
];

/** interfaces(5): `auto` takes patterns, which stand for the cards that there are. */
const BY_PATTERN = ['', 'auto /en*=fleetlift /eth*=fleetlift', 'iface fleetlift inet dhcp'];

/** What a virtual machine's first cards are called by the kernel and by systemd; a name without a card does no harm. */
const BY_NAME = [
  ...numbered('eth', 0, 4),
  ...numbered('ens', 1, 16),
  ...numbered('enp0s', 1, 16),
  ...['enp1s0', 'enp2s0', 'enp3s0'],
].flatMap((name) => ['', `allow-hotplug ${name}`, `iface ${name} inet dhcp`]);

function numbered(prefix: string, first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${first + index}`);
}

/** Releases before 0.8.16 take none. */
async function knowsPatterns(tree: ServerTree): Promise<boolean> {
  const status = await tree.readText('/var/lib/dpkg/status').catch(() => null);
  const version = /^Package: ifupdown\n(?:.+\n)*?Version: (?:\d+:)?(\d+)\.(\d+)(?:\.(\d+))?/m.exec(
    status ?? '',
  );
  if (version === null) return false;
  const [major, minor, patch] = [Number(version[1]), Number(version[2]), Number(version[3] ?? 0)];
  return major > 0 || minor > 8 || (minor === 8 && patch >= 16);
}
