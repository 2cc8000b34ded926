import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imageRequest, type TemporaryTree } from '../../testing/temporaryTree.js';
import { treeAfterRules } from '../../testing/treeAfterRules.js';

let made: TemporaryTree;

const FOLDER = 'etc/sysconfig/network';
const ENABLED = {
  'etc/systemd/system/multi-user.target.wants/wicked.service': '/usr/lib/systemd/system/wicked.service',
};

/** Applies the rules to a server whose network wicked sets up by these files. */
async function settle(files: Record<string, string>, links: Record<string, string> = ENABLED): Promise<void> {
  const paths = Object.entries(files).map(([name, text]) => [`${FOLDER}/${name}`, text] as const);
  made = await treeAfterRules(Object.fromEntries(paths), imageRequest(), links);
}

test('any card by DHCP; address, hardware address and routes are kept aside', async () => {
  const former = "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR='192.0.2.10/24'\nLLADDR='00:11:22:33:44:55'\n";
  await settle({
    'ifcfg-lo': 'IPADDR=127.0.0.1/8\n',
    'ifcfg-em1': former,
    'ifroute-em1': '198.51.100.0/24 192.0.2.1 - -\n',
    routes: 'default 192.0.2.1 - -\n',
    config: 'NETCONFIG_DNS_POLICY="auto"\n',
  });
  expect(await readdir(join(made.root, FOLDER))).toEqual(['config', 'ifcfg-eth0', 'ifcfg-lo']);
  expect(await made.editor.readText(`/${FOLDER}/ifcfg-eth0`)).toContain("BOOTPROTO='dhcp'\n");
  expect(await readdir(join(made.root, 'etc/fleetlift/saved', FOLDER))).toEqual([
    'ifcfg-em1',
    'ifroute-em1',
    'routes',
  ]);
  expect(await made.editor.readText(`/etc/fleetlift/saved/${FOLDER}/ifcfg-em1`)).toBe(former);
});

test('the first card is called as its settings say, by this boot menu and by the next', async () => {
  made = await treeAfterRules(
    { [`${FOLDER}/ifcfg-em1`]: '', 'etc/default/grub': 'GRUB_CMDLINE_LINUX=""\n' },
    imageRequest(),
    ENABLED,
  );
  expect(await made.editor.readText('/boot/grub/grub.cfg')).toContain(' net.ifnames=0 biosdevname=0');
  expect(await made.editor.readText('/etc/default/grub')).toContain(' net.ifnames=0 biosdevname=0"');
});

test('bonds, bridges and VLANs would take the card, so they go with it; what stands on none stays', async () => {
  await settle({
    'ifcfg-eth0': "BOOTPROTO='none'\nSTARTMODE='hotplug'\n",
    'ifcfg-bond0': "BONDING_MASTER='yes'\nBONDING_SLAVE_0='eth0'\nBONDING_SLAVE_1='eth1'\n",
    'ifcfg-br0': "BRIDGE='yes'\nBRIDGE_PORTS='vlan7'\n",
    'ifcfg-vlan7': "ETHERDEVICE='bond0'\nVLAN_ID='7'\n",
    'ifcfg-dummy0': "DUMMY='yes'\nIPADDR='198.51.100.1/32'\n",
  });
  expect(await readdir(join(made.root, FOLDER))).toEqual(['ifcfg-dummy0', 'ifcfg-eth0']);
  expect(await readdir(join(made.root, 'etc/fleetlift/saved', FOLDER))).toEqual([
    'ifcfg-bond0',
    'ifcfg-br0',
    'ifcfg-eth0',
    'ifcfg-vlan7',
  ]);
});

test('where wicked is not switched on its files are not touched', async () => {
  await settle({ 'ifcfg-eth0': "BOOTPROTO='static'\n" }, {});
  expect(await made.editor.readText(`/${FOLDER}/ifcfg-eth0`)).toBe("BOOTPROTO='static'\n");
});
