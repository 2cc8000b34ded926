import { createHash } from 'node:crypto';
import type { ImageRule } from '../ImageRule.js';
import { zonesOfCards } from './ifcfg.js';
import { managersInUse } from './managersInUse.js';
import { commonZone } from './zones.js';

const FOLDER = '/etc/NetworkManager/system-connections';

/** Profiles of bonds, bridges and VLANs stay: without their cards they do nothing. */
export const networkManager: ImageRule = {
  id: 'network-manager',
  reason:
    'any Ethernet card asks for its address by DHCP; the former profiles are kept in /etc/fleetlift/saved',
  async apply(tree, { facts }) {
    if (!(await managersInUse(tree)).has('NetworkManager')) return;
    // It reads ifcfg files as well, which go after these.
    const zones = await zonesOfCards(tree);
    for (const name of await tree.list(FOLDER)) {
      const file = `${FOLDER}/${name}`;
      const text = (await tree.isFile(file)) ? ((await tree.readText(file)) ?? '') : '';
      if (!isEthernet(text)) continue;
      zones.push(...zonesIn(text));
      await tree.save(file);
      await tree.remove(file);
    }
    const { machineId, hostname } = facts.identity;
    const { zone, remark } = commonZone(zones);
    tree.reason += remark;
    await tree.write(`${FOLDER}/fleetlift.nmconnection`, profile(uuidOf(machineId ?? hostname), zone), 0o600);
  },
};

function isEthernet(text: string): boolean {
  return /^\s*type\s*=\s*(ethernet|802-3-ethernet)\s*$/m.test(text);
}

/** Zone of firewalld (nm-settings, connection.zone). */
function zonesIn(text: string): string[] {
  return [...text.matchAll(/^[ \t]*zone[ \t]*=[ \t]*(\S+)[ \t]*$/gm)].map(([, zone]) => zone ?? '');
}

/** A UUID of the server's own that is the same each time the image is made. */
function uuidOf(seed: string): string {
  const hex = createHash('sha256').update(`fleetlift ${seed}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** multi-connect=3: one profile for any number of cards (nm-settings). */
function profile(uuid: string, zone: string | null): string {
  return `# Written by fleetlift; former profiles are kept below /etc/fleetlift/saved${FOLDER}.
[connection]
id=fleetlift
uuid=${uuid}
type=ethernet${zone === null ? '' : `\nzone=${zone}`}
autoconnect=true
multi-connect=3

[ipv4]
method=auto

[ipv6]
method=auto
`;
}
