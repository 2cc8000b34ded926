import { parseAssignments } from '../../grub/shellWords.js';
import type { ServerTree } from '../../tree/ServerTree.js';
import type { ImageRule } from '../ImageRule.js';
import { IFCFG_FOLDER, managersInUse } from './managersInUse.js';

const OURS = `${IFCFG_FOLDER}/ifcfg-eth0`;

/** Where NetworkManager runs its own profile does the rest; the old `network` service wants a card's name. */
export const ifcfg: ImageRule = {
  id: 'network-ifcfg',
  reason:
    'any Ethernet card asks for its address by DHCP; the former settings are kept in /etc/fleetlift/saved',
  async apply(tree) {
    const managers = await managersInUse(tree);
    if (!managers.has('ifcfg')) return;
    for (const name of await tree.list(IFCFG_FOLDER)) {
      const file = `${IFCFG_FOLDER}/${name}`;
      if (!/^ifcfg-(?!lo$)/.test(name) || !(await tree.isFile(file))) continue;
      if (!isEthernet(name.slice('ifcfg-'.length), (await tree.readText(file)) ?? '')) continue;
      await tree.save(file);
      await tree.remove(file);
    }
    if (!managers.has('NetworkManager')) await tree.write(OURS, SETTINGS);
  },
};

/** Kernel parameters that give the first card the name that {@link ifcfg} wrote down; none where it wrote none. */
export async function cardNameParameters(tree: ServerTree): Promise<string[]> {
  return (await tree.isFile(OURS)) && (await tree.readText(OURS)) === SETTINGS
    ? ['net.ifnames=0', 'biosdevname=0']
    : [];
}

const SETTINGS = `# Written by fleetlift; the former settings are kept below /etc/fleetlift/saved${IFCFG_FOLDER}.
DEVICE=eth0
TYPE=Ethernet
BOOTPROTO=dhcp
ONBOOT=yes
`;

function isEthernet(name: string, text: string): boolean {
  const type = parseAssignments(text).find((assignment) => assignment.name === 'TYPE')?.value;
  return type === undefined ? /^(e|p\d)/.test(name) : type.toLowerCase() === 'ethernet';
}
