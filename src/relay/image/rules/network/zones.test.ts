import { describe, expect, test } from 'vitest';
import { imageRequest, type TemporaryTree } from '../../testing/temporaryTree.js';
import { treeAfterRules } from '../../testing/treeAfterRules.js';

const PROFILES = '/etc/NetworkManager/system-connections';
const OURS = `${PROFILES}/fleetlift.nmconnection`;
const SCRIPTS = '/etc/sysconfig/network-scripts';
const SUSE = '/etc/sysconfig/network';
const enabled = (unit: string): Record<string, string> => ({
  [`etc/systemd/system/multi-user.target.wants/${unit}`]: `/usr/lib/systemd/system/${unit}`,
});

let made: TemporaryTree;

const read = (path: string): Promise<string | null> => made.editor.readText(path);
async function settle(files: Record<string, string>, links: Record<string, string> = {}): Promise<void> {
  const paths = Object.entries(files).map(([path, text]) => [path.slice(1), text] as const);
  made = await treeAfterRules(Object.fromEntries(paths), imageRequest(), links);
}
const profile = (zone: string | null): string =>
  `[connection]\nid=lan\ntype=ethernet\n${zone === null ? '' : `zone=${zone}\n`}\n[ipv4]\nmethod=manual\n`;
const script = (zone: string | null): string =>
  `TYPE=Ethernet\nONBOOT=yes\n${zone === null ? '' : `ZONE="${zone}"\n`}`;

describe('NetworkManager', () => {
  const manager = enabled('NetworkManager.service');

  test('the zone that profiles agree on is that of ours', async () => {
    await settle(
      {
        [`${PROFILES}/a.nmconnection`]: profile('internal'),
        [`${PROFILES}/b.nmconnection`]: profile('internal'),
        [`${PROFILES}/c.nmconnection`]: profile(null),
        [`${PROFILES}/br0.nmconnection`]: '[connection]\ntype=bridge\nzone=dmz\n',
      },
      manager,
    );
    expect(await read(OURS)).toContain('\ntype=ethernet\nzone=internal\nautoconnect=true\n');
    expect(made.editor.touched.get(OURS)).not.toContain('zone');
  });

  test('so is that of the ifcfg files which it read', async () => {
    await settle({ [`${SCRIPTS}/ifcfg-ens192`]: script('trusted') }, manager);
    expect(await read(OURS)).toContain('\nzone=trusted\n');
  });

  test('of several none is taken, and it is said', async () => {
    const files = {
      [`${PROFILES}/a.nmconnection`]: profile('public'),
      [`${SCRIPTS}/ifcfg-ens192`]: script('internal'),
    };
    await settle(files, manager);
    expect(await read(OURS)).not.toContain('zone');
    expect(made.editor.touched.get(OURS)).toMatch(/different zones of firewalld \(internal, public\)/);
    expect(made.editor.touched.get(`${SCRIPTS}/ifcfg-ens192`)).not.toContain('zone');
  });

  test('where none is named none is written', async () => {
    await settle({ [`${PROFILES}/a.nmconnection`]: profile('') }, manager);
    expect(await read(OURS)).not.toContain('zone');
  });
});

describe('the old network service', () => {
  test('the first card is in the zone that the cards were in, and is still called eth0', async () => {
    await settle({
      [`${SCRIPTS}/ifcfg-em1`]: script('internal'),
      [`${SCRIPTS}/ifcfg-em2`]: script('internal'),
    });
    expect(await read(`${SCRIPTS}/ifcfg-eth0`)).toMatch(/\nONBOOT=yes\nZONE=internal\n$/);
    expect(await read('/boot/grub/grub.cfg')).toContain(' net.ifnames=0 biosdevname=0');
  });

  test('of several none is taken, and it is said', async () => {
    await settle({ [`${SCRIPTS}/ifcfg-em1`]: script('internal'), [`${SCRIPTS}/ifcfg-em2`]: script('dmz') });
    expect(await read(`${SCRIPTS}/ifcfg-eth0`)).not.toContain('ZONE');
    expect(made.editor.touched.get(`${SCRIPTS}/ifcfg-eth0`)).toContain('(dmz, internal)');
  });

  test('what is no name of a zone is not written', async () => {
    await settle({ [`${SCRIPTS}/ifcfg-em1`]: script('a b') });
    expect(await read(`${SCRIPTS}/ifcfg-eth0`)).not.toContain('ZONE');
  });
});

test('wicked: the first card is in the zone that the cards were in', async () => {
  await settle({ [`${SUSE}/ifcfg-em1`]: "ZONE='internal'\n" }, enabled('wicked.service'));
  expect(await read(`${SUSE}/ifcfg-eth0`)).toMatch(/\nZONE=internal\n$/);
  expect(await read('/boot/grub/grub.cfg')).toContain(' net.ifnames=0 biosdevname=0');
});
