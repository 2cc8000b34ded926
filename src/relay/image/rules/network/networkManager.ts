import { createHash } from 'node:crypto';
import type { ImageRule } from '../ImageRule.js';
import { managersInUse } from './managersInUse.js';

const FOLDER = '/etc/NetworkManager/system-connections';

/** Profiles of bonds, bridges and VLANs stay: without their cards they do nothing. */
export const networkManager: ImageRule = {
  id: 'network-manager',
  reason:
    'any Ethernet card asks for its address by DHCP; the former profiles are kept in /etc/fleetlift/saved',
  async apply(tree, { facts }) {
    if (!(await managersInUse(tree)).has('NetworkManager')) return;
    for (const name of await tree.list(FOLDER)) {
      const file = `${FOLDER}/${name}`;
      if (!(await tree.isFile(file)) || !isEthernet((await tree.readText(file)) ?? '')) continue;
      await tree.save(file);
      await tree.remove(file);
    }
    const { machineId, hostname } = facts.identity;
    await tree.write(`${FOLDER}/fleetlift.nmconnection`, profile(uuidOf(machineId ?? hostname)), 0o600);
  },
};

function isEthernet(text: string): boolean {
  return /^\s*type\s*=\s*(ethernet|802-3-ethernet)\s*$/m.test(text);
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
function profile(uuid: string): string {
  return `# Written by fleetlift; former profiles are kept below /etc/fleetlift/saved${FOLDER}.
[connection]
id=fleetlift
uuid=${uuid}
type=ethernet
autoconnect=true
multi-connect=3

[ipv4]
method=auto

[ipv6]
method=auto
`;
}
