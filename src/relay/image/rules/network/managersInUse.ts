import type { ServerTree } from '../../tree/ServerTree.js';
import { interfaceNames, readInterfaces } from './interfacesFile.js';

export type NetworkManagerName =
  'ifupdown' | 'systemd-networkd' | 'netplan' | 'NetworkManager' | 'ifcfg' | 'wicked';

export const IFCFG_FOLDER = '/etc/sysconfig/network-scripts';
/** SUSE's files have the same names as those of the RHEL family, and other words in them. */
export const WICKED_FOLDER = '/etc/sysconfig/network';

/** Which tools configure the network of a tree when it boots, by what is installed, enabled and configured in it. */
export async function managersInUse(tree: ServerTree): Promise<ReadonlySet<NetworkManagerName>> {
  const found = new Set<NetworkManagerName>();
  if (await usesIfupdown(tree)) found.add('ifupdown');
  if (await usesNetplan(tree)) found.add('netplan');
  if (await isEnabled(tree, 'NetworkManager.service')) found.add('NetworkManager');
  if (await isEnabled(tree, 'wicked.service')) found.add('wicked');
  if ((await tree.list(IFCFG_FOLDER)).some((name) => /^ifcfg-(?!lo$)/.test(name))) found.add('ifcfg');
  if ((await isEnabled(tree, 'systemd-networkd.service')) && !found.has('netplan'))
    found.add('systemd-networkd');
  return found;
}

/** Whether ifupdown can ask for an address: it needs a DHCP client of its own. */
export async function hasDhcpClient(tree: ServerTree): Promise<boolean> {
  for (const name of ['dhclient', 'dhcpcd', 'udhcpc', 'pump']) {
    if ((await tree.isFile(`/sbin/${name}`)) || (await tree.isFile(`/usr/sbin/${name}`))) return true;
  }
  return false;
}

/** Whether systemd-networkd is installed, enabled or not. */
export async function hasNetworkd(tree: ServerTree): Promise<boolean> {
  return (
    (await tree.isFile('/usr/lib/systemd/systemd-networkd')) ||
    (await tree.isFile('/lib/systemd/systemd-networkd'))
  );
}

async function usesIfupdown(tree: ServerTree): Promise<boolean> {
  if (!(await tree.isFile('/sbin/ifup')) && !(await tree.isFile('/usr/sbin/ifup'))) return false;
  return interfaceNames(await readInterfaces(tree)).some((name) => name !== 'lo');
}

async function usesNetplan(tree: ServerTree): Promise<boolean> {
  if (!(await tree.list('/etc/netplan')).some((name) => name.endsWith('.yaml'))) return false;
  for (const file of ['/usr/sbin/netplan', '/lib/netplan/generate', '/usr/libexec/netplan/generate']) {
    if (await tree.isFile(file)) return true;
  }
  return false;
}

async function isEnabled(tree: ServerTree, unit: string): Promise<boolean> {
  for (const target of ['multi-user', 'network-online', 'network', 'sysinit']) {
    if ((await tree.readLink(`/etc/systemd/system/${target}.target.wants/${unit}`)) !== null) return true;
  }
  return false;
}
