import type { ImageRule } from '../ImageRule.js';
import { managersInUse } from './managersInUse.js';

const FOLDER = '/etc/netplan';

export const netplan: ImageRule = {
  id: 'network-netplan',
  reason:
    'any Ethernet card asks for its address by DHCP; the former settings are kept in /etc/fleetlift/saved',
  async apply(tree) {
    if (!(await managersInUse(tree)).has('netplan')) return;
    let renderer = 'networkd';
    for (const name of await tree.list(FOLDER)) {
      const file = `${FOLDER}/${name}`;
      if (!name.endsWith('.yaml') || !(await tree.isFile(file))) continue;
      const text = (await tree.readText(file)) ?? '';
      renderer = /^\s*renderer:\s*["']?(\w+)/m.exec(text)?.[1] ?? renderer;
      await tree.save(file);
      await tree.remove(file);
    }
    await tree.write(
      `${FOLDER}/01-fleetlift.yaml`,
      renderer === 'NetworkManager' ? LEFT_TO_NM : ANY_ETHERNET,
      0o600,
    );
  },
};

const ANY_ETHERNET = `# Written by fleetlift; the former settings are kept below /etc/fleetlift/saved/etc/netplan.
network:
  version: 2
  renderer: networkd
  ethernets:
    fleetlift:
      match: {name: "e*"}
      dhcp4: true
`;

/** NetworkManager has no patterns for names (netplan's reference): its own profile for any Ethernet does it. */
const LEFT_TO_NM = `# Written by fleetlift; the former settings are kept below /etc/fleetlift/saved/etc/netplan.
network:
  version: 2
  renderer: NetworkManager
`;
