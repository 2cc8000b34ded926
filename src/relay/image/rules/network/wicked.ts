import { parseAssignments } from '../../grub/shellWords.js';
import type { ServerTree } from '../../tree/ServerTree.js';
import type { ImageRule } from '../ImageRule.js';
import { isCardName } from './ethernet.js';
import { managersInUse, WICKED_FOLDER } from './managersInUse.js';
import { commonZone, ifcfgZones } from './zones.js';

/** Settings of an interface, its routes, and rules for them. */
const KINDS = ['ifcfg', 'ifroute', 'ifrule'];
/** ifcfg(5): routes that stand here replace those that DHCP gives, on any interface. */
const ROUTES = `${WICKED_FOLDER}/routes`;
/** ifcfg-vlan(5), ifcfg-bonding(5), ifcfg-bridge(5) and others: where they name the interfaces that they are made of. */
const MADE_OF =
  /^(ETHERDEVICE|MACVLAN_DEVICE|IPVLAN_DEVICE|BRIDGE_PORTS|(BONDING_SLAVE|TEAM_PORT_DEVICE|OVS_BRIDGE_PORT_DEVICE)_?\w*)$/;

/** wicked knows no patterns: settings are for an interface by its name. A zone of firewalld may follow. */
export const FIRST_CARD = {
  file: `${WICKED_FOLDER}/ifcfg-eth0`,
  text: `# Written by fleetlift; the former settings are kept below /etc/fleetlift/saved${WICKED_FOLDER}.
BOOTPROTO='dhcp'
STARTMODE='auto'
`,
} as const;

export const wicked: ImageRule = {
  id: 'network-wicked',
  reason:
    'any Ethernet card asks for its address by DHCP; the former settings are kept in /etc/fleetlift/saved',
  async apply(tree) {
    if (!(await managersInUse(tree)).has('wicked')) return;
    const files = [...(await interfacesOnCards(tree))].flatMap((name) =>
      KINDS.map((kind) => `${WICKED_FOLDER}/${kind}-${name}`),
    );
    const { zone, remark } = commonZone(await ifcfgZones(tree, files));
    for (const file of [...files, ROUTES]) {
      if (!(await tree.isFile(file))) continue;
      await tree.save(file);
      await tree.remove(file);
    }
    tree.reason += remark;
    await tree.write(FIRST_CARD.file, FIRST_CARD.text + (zone === null ? '' : `ZONE=${zone}\n`));
  },
};

/** Cards, and the bonds, bridges and VLANs that stand on one: these would take it from what asks by DHCP. */
async function interfacesOnCards(tree: ServerTree): Promise<ReadonlySet<string>> {
  const partsOf = new Map<string, readonly string[]>();
  for (const file of await tree.list(WICKED_FOLDER)) {
    const name = /^ifcfg-(?!lo$)(.+)$/.exec(file)?.[1];
    if (name === undefined || !(await tree.isFile(`${WICKED_FOLDER}/${file}`))) continue;
    partsOf.set(name, partsIn((await tree.readText(`${WICKED_FOLDER}/${file}`)) ?? ''));
  }
  const found = new Set<string>();
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const [name, parts] of partsOf) {
      if ([name, ...parts].some((one) => isCardName(one) || found.has(one))) found.add(name);
    }
  }
  return found;
}

function partsIn(text: string): string[] {
  return parseAssignments(text)
    .filter(({ name }) => MADE_OF.test(name))
    .flatMap(({ value }) => value.split(/\s+/));
}
