import type { ImageRule } from '../ImageRule.js';
import { hasNetworkd, managersInUse } from './managersInUse.js';

const FOLDER = '/etc/systemd/network';
const WANTS = '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service';

/**
 * Also the last resort: where nothing in the tree can ask for an address (no tool set up, or ifupdown without a DHCP
 * client), networkd is switched on if it is there.
 */
export const networkd: ImageRule = {
  id: 'network-networkd',
  reason:
    'any Ethernet card asks for its address by DHCP; the former settings are kept in /etc/fleetlift/saved',
  async apply(tree) {
    const managers = await managersInUse(tree);
    const able = [...managers].some((name) => name !== 'systemd-networkd');
    const lastResort = !able && (await hasNetworkd(tree));
    if (!managers.has('systemd-networkd') && !lastResort) return;
    for (const name of await tree.list(FOLDER)) {
      const file = `${FOLDER}/${name}`;
      if (!name.endsWith('.network') || !(await tree.isFile(file))) continue;
      if (!matchesCard((await tree.readText(file)) ?? '')) continue;
      await tree.save(file);
      await tree.remove(file);
    }
    await tree.write(`${FOLDER}/10-fleetlift.network`, SETTINGS);
    if (!managers.has('systemd-networkd'))
      await tree.link(WANTS, '/lib/systemd/system/systemd-networkd.service');
  },
};

/** Whether a .network file's [Match] is about cards, and not about bridges, bonds or tunnels by their names. */
function matchesCard(text: string): boolean {
  const match = /^\s*\[Match\]([^[]*)/m.exec(text)?.[1] ?? '';
  if (/^\s*Kind\s*=/m.test(match)) return false;
  const names = /^\s*Name\s*=(.*)$/m.exec(match)?.[1]?.trim().split(/\s+/);
  return names === undefined || names.some((name) => /^(e|\*)/.test(name));
}

const SETTINGS = `# Written by fleetlift; the former settings are kept below /etc/fleetlift/saved${FOLDER}.
[Match]
Type=ether
Name=en* eth*

[Network]
DHCP=yes
`;
