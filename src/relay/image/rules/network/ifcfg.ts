import { parseAssignments } from '../../grub/shellWords.js';
import type { ServerTree } from '../../tree/ServerTree.js';
import type { ImageRule } from '../ImageRule.js';
import { isCardName } from './ethernet.js';
import { IFCFG_FOLDER, managersInUse } from './managersInUse.js';
import { commonZone, ifcfgZones } from './zones.js';

/** Settings of an interface, and what is done with them: routes of the old network would reach nothing from the new one. */
const KINDS = ['ifcfg', 'route', 'route6', 'rule', 'rule6'];

/** For the old `network` service, which wants a card's name; a zone of firewalld may follow. */
export const FIRST_CARD = {
  file: `${IFCFG_FOLDER}/ifcfg-eth0`,
  text: `# Written by fleetlift; the former settings are kept below /etc/fleetlift/saved${IFCFG_FOLDER}.
DEVICE=eth0
TYPE=Ethernet
BOOTPROTO=dhcp
ONBOOT=yes
`,
} as const;

/** Where NetworkManager runs its own profile does the rest. */
export const ifcfg: ImageRule = {
  id: 'network-ifcfg',
  reason:
    'any Ethernet card asks for its address by DHCP; the former settings are kept in /etc/fleetlift/saved',
  async apply(tree) {
    const managers = await managersInUse(tree);
    if (!managers.has('ifcfg')) return;
    const { zone, remark } = commonZone(await zonesOfCards(tree));
    for (const card of await ethernetCards(tree)) {
      for (const file of KINDS.map((kind) => `${IFCFG_FOLDER}/${kind}-${card}`)) {
        if (!(await tree.isFile(file))) continue;
        await tree.save(file);
        await tree.remove(file);
      }
    }
    if (managers.has('NetworkManager')) return;
    tree.reason += remark;
    await tree.write(FIRST_CARD.file, FIRST_CARD.text + (zone === null ? '' : `ZONE=${zone}\n`));
  },
};

/** Zones of firewalld that the settings of cards name. */
export async function zonesOfCards(tree: ServerTree): Promise<string[]> {
  const cards = await ethernetCards(tree);
  return ifcfgZones(
    tree,
    cards.map((card) => `${IFCFG_FOLDER}/ifcfg-${card}`),
  );
}

async function ethernetCards(tree: ServerTree): Promise<string[]> {
  const cards: string[] = [];
  for (const name of await tree.list(IFCFG_FOLDER)) {
    const file = `${IFCFG_FOLDER}/${name}`;
    const card = /^ifcfg-(?!lo$)(.+)$/.exec(name)?.[1];
    if (card === undefined || !(await tree.isFile(file))) continue;
    if (isEthernet(card, (await tree.readText(file)) ?? '')) cards.push(card);
  }
  return cards;
}

function isEthernet(name: string, text: string): boolean {
  const type = parseAssignments(text).find((assignment) => assignment.name === 'TYPE')?.value;
  return type === undefined ? isCardName(name) : type.toLowerCase() === 'ethernet';
}
