import { chmod, mkdir, readFile, readdir, stat, symlink } from 'node:fs/promises';
import { execa } from 'execa';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { imageRequest, temporaryTree, type TemporaryTree } from '../testing/temporaryTree.js';
import { KERNEL, treeAfterRules } from '../testing/treeAfterRules.js';
import { TreeEditor } from '../tree/TreeEditor.js';
import { applyRules } from './index.js';
import { fillCommand, swapFiles } from './swapFiles.js';

const IFUPDOWN = { 'sbin/ifup': '', 'sbin/dhclient': '' };
const DPKG = { 'var/lib/dpkg/status': 'Package: ifupdown\nStatus: install ok\nVersion: 0.8.41\n\n' };
const STATIC = 'auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet static\n address 192.0.2.10/24\n';

let made: TemporaryTree;

async function applied(
  files: Record<string, string>,
  request = imageRequest(),
): Promise<(path: string) => Promise<string | null>> {
  made = await treeAfterRules(files, request);
  return (path) => made.editor.readText(path);
}

test('fstab is the plan’s, and the former one is kept', async () => {
  const entry = { spec: 'UUID=1', file: '/srv/two words', type: 'ext4', options: 'nofail', dump: 0, pass: 2 };
  const read = await applied({ 'etc/fstab': '/dev/sda1 / ext4\n' }, imageRequest({ fstab: [entry] }));
  expect(await read('/etc/fstab')).toContain('\nUUID=1\t/srv/two\\040words\text4\tnofail\t0\t2\n');
  expect(await read('/etc/fleetlift/saved/etc/fstab')).toBe('/dev/sda1 / ext4\n');
});

test('a swap file is made anew, whole and for root alone', async () => {
  const uuid = '99999999-2222-4333-8444-555555555555';
  const swap = { path: '/var/swap file', sizeBytes: 1024 * 1024, uuid, label: 'more' };
  await applied({}, imageRequest({ swapFiles: [swap] }));
  const file = join(made.root, 'var/swap file');
  const { stdout } = await execa('blkid', ['-p', '-o', 'export', file]);
  expect(stdout).toContain(`UUID=${uuid}`);
  expect(stdout).toContain('LABEL=more');
  const { size, blocks, mode } = await stat(file);
  expect([size, mode & 0o777]).toEqual([1024 * 1024, 0o600]);
  expect(blocks * 512).toBeGreaterThanOrEqual(size);
});

test.each([
  ['xfs', '3.10.0-1160.el7.x86_64', 'dd'],
  ['xfs', '4.14.336-257.562.amzn2.x86_64', 'dd'],
  ['xfs', '4.18.0-477.10.1.el8_8.x86_64', 'fallocate'],
  ['xfs', '6.1.0-50-amd64', 'fallocate'],
  ['ext4', '3.10.0-1160.el7.x86_64', 'fallocate'],
  ['ext3', '6.1.0-50-amd64', 'dd'],
])('a swap file on %s for %s gets its blocks by %s', (filesystem, release, tool) => {
  expect(fillCommand('/f', 4096, filesystem, release)[0]).toBe(tool);
});

test('a swap file that is written with zeros has its size, too', async () => {
  const uuid = '99999999-2222-4333-8444-555555555555';
  const swap = { path: '/swapfile', sizeBytes: 3 * 1024 * 1024 + 4096, uuid, label: '' };
  const request = imageRequest({ swapFiles: [swap] });
  made = await temporaryTree({});
  const onXfs = new TreeEditor(made.editor.mounts.map((mount) => ({ ...mount, type: 'xfs' })));
  const plan = { ...request.plan, boot: { ...request.plan.boot, kernelRelease: '3.10.0-1160.el7.x86_64' } };
  await swapFiles.apply(onXfs, { ...request, plan });
  const file = join(made.root, 'swapfile');
  expect((await execa('blkid', ['-p', '-o', 'export', file])).stdout).toContain(`UUID=${uuid}`);
  const { size, blocks, mode } = await stat(file);
  expect([size, mode & 0o777]).toEqual([swap.sizeBytes, 0o600]);
  expect(blocks * 512).toBeGreaterThanOrEqual(size);
});

test('ifupdown: any card by DHCP, whatever its name; the static address is kept aside', async () => {
  const more = {
    'etc/network/interfaces': STATIC,
    'etc/network/interfaces.d/ens7': 'iface ens7 inet static\n',
  };
  const read = await applied({ ...IFUPDOWN, ...DPKG, ...more });
  const text = await read('/etc/network/interfaces');
  expect(text).toContain('auto /en*=fleetlift /eth*=fleetlift\niface fleetlift inet dhcp\n');
  expect(text).toContain('iface lo inet loopback');
  expect(text).not.toContain('192.0.2.10');
  expect(await read('/etc/fleetlift/saved/etc/network/interfaces')).toBe(STATIC);
  expect(await read('/etc/network/interfaces.d/ens7')).toBeNull();
  expect(await read('/etc/fleetlift/saved/etc/network/interfaces.d/ens7')).toContain('ens7');
});

test('patterns wait for cards whose driver is not in the initramfs, names need not', async () => {
  const file = '/etc/systemd/system/networking.service.d/fleetlift.conf';
  const withPatterns = await applied({ ...IFUPDOWN, ...DPKG, 'etc/network/interfaces': STATIC });
  expect(await withPatterns(file)).toContain('\nAfter=systemd-udev-settle.service\n');
  expect(await (await applied({ ...IFUPDOWN, 'etc/network/interfaces': STATIC }))(file)).toBeNull();
});

test('an ifupdown without patterns gets names; what has no card does no harm', async () => {
  const read = await applied({ ...IFUPDOWN, 'etc/network/interfaces': STATIC });
  const text = await read('/etc/network/interfaces');
  expect(text).toContain('allow-hotplug eth0\niface eth0 inet dhcp\n');
  expect(text).toContain('allow-hotplug enp0s3\niface enp0s3 inet dhcp\n');
  expect(text).not.toMatch(/auto (?!lo)/);
});

test('ifupdown without a DHCP client leaves the cards to networkd', async () => {
  const files = { 'sbin/ifup': '', 'lib/systemd/systemd-networkd': '', 'etc/network/interfaces': STATIC };
  const read = await applied({ ...files });
  expect(await read('/etc/network/interfaces')).not.toContain('dhcp');
  expect(await read('/etc/systemd/network/10-fleetlift.network')).toContain('DHCP=yes');
  expect(
    await made.editor.readLink('/etc/systemd/system/multi-user.target.wants/systemd-networkd.service'),
  ).toBe('/lib/systemd/system/systemd-networkd.service');
});

test('a server whose network nobody sets up gets networkd; one without networkd is left alone', async () => {
  const read = await applied({ 'usr/lib/systemd/systemd-networkd': '' });
  expect(await read('/etc/systemd/network/10-fleetlift.network')).toContain('Name=en* eth*');
  await applied({});
  expect(await made.editor.isFolder('/etc/systemd')).toBe(false);
});

test('networkd: settings of cards go, those of bridges and bonds stay', async () => {
  made = await temporaryTree({
    ...KERNEL,
    'etc/systemd/network/10-lan.network': '[Match]\nName=ens3\n[Network]\nAddress=192.0.2.1/24\n',
    'etc/systemd/network/20-mac.network': '[Match]\nMACAddress=00:11:22:33:44:55\n[Network]\nDHCP=no\n',
    'etc/systemd/network/30-br.network': '[Match]\nName=br0\n[Network]\nAddress=198.51.100.1/24\n',
    'etc/systemd/system/multi-user.target.wants/x': '',
  });
  const wants = join(made.root, 'etc/systemd/system/multi-user.target.wants/systemd-networkd.service');
  await symlink('/lib/systemd/system/systemd-networkd.service', wants);
  await applyRules(made.editor, imageRequest());
  expect(await readdir(join(made.root, 'etc/systemd/network'))).toEqual([
    '10-fleetlift.network',
    '30-br.network',
  ]);
  expect(await readdir(join(made.root, 'etc/fleetlift/saved/etc/systemd/network'))).toEqual([
    '10-lan.network',
    '20-mac.network',
  ]);
});

test('netplan: one file for any card, readable by root alone', async () => {
  const former =
    'network: {version: 2, ethernets: {lan: {match: {macaddress: "00:11:22:33:44:55"}, set-name: lan}},' +
    ' bonds: {bond0: {interfaces: [lan], addresses: [192.0.2.5/24]}}}\n';
  const files = { 'usr/sbin/netplan': '', 'etc/netplan/50-cloud-init.yaml': former };
  const read = await applied({ ...files, 'usr/lib/systemd/systemd-networkd': '' });
  expect(await readdir(join(made.root, 'etc/netplan'))).toEqual(['01-fleetlift.yaml']);
  expect(await read('/etc/fleetlift/saved/etc/netplan/50-cloud-init.yaml')).toBe(former);
  expect(await read('/etc/netplan/01-fleetlift.yaml')).toContain('match: {name: "e*"}\n      dhcp4: true');
  expect((await stat(join(made.root, 'etc/netplan/01-fleetlift.yaml'))).mode & 0o777).toBe(0o600);
  expect(await made.editor.isFolder('/etc/systemd/network')).toBe(false);
});

test('NetworkManager: one profile for any card; bonds stay; a secret keeps its mode in the copy', async () => {
  made = await temporaryTree({
    ...KERNEL,
    'etc/NetworkManager/system-connections/lan.nmconnection':
      '[connection]\ntype=ethernet\n[ethernet]\nmac-address=00:11:22:33:44:55\n',
    'etc/NetworkManager/system-connections/bond0.nmconnection': '[connection]\ntype=bond\n',
    'etc/NetworkManager/system-connections/port1.nmconnection':
      '[connection]\ntype=ethernet\nmaster=bond0\nslave-type=bond\n',
    'etc/NetworkManager/system-connections/lan.7.nmconnection':
      '[connection]\ntype=vlan\n[vlan]\nid=7\nparent=bond0\n',
    'etc/sysconfig/network-scripts/ifcfg-eth0':
      'TYPE="Ethernet"\nDEVICE=eth0\nIPADDR=192.0.2.5\nHWADDR=00:11:22:33:44:55\n',
    'etc/systemd/system/multi-user.target.wants/x': '',
  });
  await chmod(join(made.root, 'etc/NetworkManager/system-connections/lan.nmconnection'), 0o600);
  const wants = join(made.root, 'etc/systemd/system/multi-user.target.wants/NetworkManager.service');
  await symlink('/usr/lib/systemd/system/NetworkManager.service', wants);
  await applyRules(made.editor, imageRequest());
  const folder = 'etc/NetworkManager/system-connections';
  expect(await readdir(join(made.root, folder))).toEqual([
    'bond0.nmconnection',
    'fleetlift.nmconnection',
    'lan.7.nmconnection',
  ]);
  expect(await made.editor.readText(`/${folder}/fleetlift.nmconnection`)).toMatch(
    /uuid=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n/,
  );
  expect((await stat(join(made.root, 'etc/fleetlift/saved', folder, 'lan.nmconnection'))).mode & 0o777).toBe(
    0o600,
  );
  expect(await readdir(join(made.root, 'etc/sysconfig/network-scripts'))).toEqual([]);
});

test('the old network service gets eth0, and a kernel that calls the first card so', async () => {
  const read = await applied({
    'etc/sysconfig/network-scripts/ifcfg-em1': 'DEVICE=em1\nHWADDR=00:11:22:33:44:55\n',
    'etc/sysconfig/network-scripts/route-em1': '198.51.100.0/24 via 192.0.2.1\n',
    'etc/default/grub': 'GRUB_CMDLINE_LINUX="quiet"\n',
  });
  expect(await read('/etc/sysconfig/network-scripts/ifcfg-eth0')).toContain('BOOTPROTO=dhcp');
  expect(await read('/boot/grub/grub.cfg')).toContain(' net.ifnames=0 biosdevname=0');
  expect(await read('/etc/default/grub')).toContain(' net.ifnames=0 biosdevname=0"\n');
  expect(await read('/etc/sysconfig/network-scripts/route-em1')).toBeNull();
  expect(await read('/etc/fleetlift/saved/etc/sysconfig/network-scripts/route-em1')).toContain('via');
});

test('stale udev rules go, cloud-init keeps its hands off', async () => {
  const read = await applied({ 'etc/udev/rules.d/70-persistent-net.rules': 'x', 'etc/cloud/cloud.cfg': '' });
  expect(await read('/etc/udev/rules.d/70-persistent-net.rules')).toBeNull();
  expect(await read('/etc/cloud/cloud.cfg.d/99-fleetlift.cfg')).toContain('ssh_deletekeys: false');
});

test('what an exclude left out of the folders that a boot needs is made, and what is there stays', async () => {
  await applied({ 'tmp/a': '', 'proc/.keep': '' });
  const modes = ['dev', 'proc', 'run', 'sys', 'tmp'].map(async (name) => {
    const { mode } = await stat(join(made.root, name));
    return (mode & 0o7777).toString(8);
  });
  expect(await Promise.all(modes)).toEqual(['755', '755', '755', '555', '755']);
  await applied({});
  expect((await stat(join(made.root, 'tmp'))).mode & 0o7777).toBe(0o1777);
});

test('a hardware clock in local time is read as UTC, as a virtual machine has it', async () => {
  const read = await applied({ 'etc/adjtime': '0.0 0 0.0\n0\nLOCAL\n' });
  expect(await read('/etc/adjtime')).toBe('0.0 0 0.0\n0\nUTC\n');
  expect(await read('/etc/fleetlift/saved/etc/adjtime')).toContain('LOCAL');
});

describe('logins that cloud-init would change on a new platform', () => {
  const CLOUD = 'system_info:\n  distro: ubuntu\n  default_user:\n    name: ubuntu\n    lock_passwd: True\n';
  const DROP_IN = '/etc/cloud/cloud.cfg.d/99-fleetlift.cfg';
  const parsed = async (files: Record<string, string>): Promise<unknown> =>
    parse((await (await applied(files))(DROP_IN)) ?? '');

  test('passwords at sshd and root’s keys stay as they are', async () => {
    expect(await parsed({ 'etc/cloud/cloud.cfg': '' })).toEqual({
      preserve_hostname: true,
      ssh_deletekeys: false,
      ssh_pwauth: 'unchanged',
      disable_root: false,
      apt: { preserve_sources_list: true },
      network: { config: 'disabled' },
    });
  });

  test.each(['$6$salt$hash', '$y$j9T$salt$hash'])(
    'the default user’s password %s stays in use',
    async (hash) => {
      const shadow = `root:*:19000:0:99999:7:::\nubuntu:${hash}:19000:0:99999:7:::\n`;
      expect(await parsed({ 'etc/cloud/cloud.cfg': CLOUD, 'etc/shadow': shadow })).toMatchObject({
        system_info: { default_user: { lock_passwd: false } },
      });
    },
  );

  test.each(['!', '*', '!$6$salt$hash', ''])(
    'one that is locked or none (%j) is not unlocked',
    async (hash) => {
      const shadow = `ubuntu:${hash}:19000:0:99999:7:::\n`;
      expect(await parsed({ 'etc/cloud/cloud.cfg': CLOUD, 'etc/shadow': shadow })).not.toHaveProperty(
        'system_info',
      );
    },
  );

  test('a file that is read later names the default user; one that is broken names none', async () => {
    const files = {
      'etc/cloud/cloud.cfg': CLOUD,
      'etc/cloud/cloud.cfg.d/10-user.cfg': 'system_info: {default_user: {name: admin}}\n',
      'etc/cloud/cloud.cfg.d/20-broken.cfg': 'a: [\n',
      'etc/cloud/cloud.cfg.d/README': 'system_info: {default_user: {name: nobody}}\n',
    };
    expect(
      await parsed({ ...files, 'etc/shadow': 'ubuntu:!:1::::::\nadmin:$6$a$b:1::::::\n' }),
    ).toHaveProperty('system_info');
  });
});

test('what names a server stays as it is', async () => {
  const names = {
    'etc/hostname': 'web1\n',
    'etc/machine-id': 'abc\n',
    'etc/ssh/ssh_host_ed25519_key': 'key',
    'etc/resolv.conf': 'nameserver 192.0.2.53\n',
  };
  const read = await applied(names);
  for (const [path, text] of Object.entries(names)) expect(await read(`/${path}`)).toBe(text);
  expect([...made.editor.touched.keys()].filter((path) => path.slice(1) in names)).toEqual([]);
});

test('grub.cfg: kernel by UUID, kept parameters, both consoles, title quoted', async () => {
  const read = await applied({
    'etc/default/grub': 'GRUB_CMDLINE_LINUX="isolcpus=3 resume=/dev/sda2 quiet"\n',
  });
  const text = (await read('/boot/grub/grub.cfg')) ?? '';
  expect(text).toContain("menuentry 'Debian GNU/Linux 12 '\\''bookworm'\\'', Linux 6.1.0-50-amd64' {");
  expect(text).toContain('search --no-floppy --fs-uuid --set=root 00000000-0000-4000-8000-000000000000');
  expect(text).toContain(
    'linux /boot/vmlinuz-6.1.0-50-amd64 root=UUID=00000000-0000-4000-8000-000000000000 ro quiet mitigations=off isolcpus=3 console=tty0 console=ttyS0,115200\n',
  );
  expect(text).toContain('initrd /boot/initrd.img-6.1.0-50-amd64\n');
  expect(await read('/etc/default/grub')).toBe(
    'GRUB_CMDLINE_LINUX="isolcpus=3 quiet console=tty0 console=ttyS0,115200"\n',
  );
});

test('Ubuntu’s images for clouds: drop-ins count, and no longer name the partition of the old root', async () => {
  const forced = '# Force boot without an initrd first.\nGRUB_FORCE_PARTUUID=';
  const cloud = '# CLOUD_IMG\nGRUB_TIMEOUT=0\nGRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=ttyS0';
  const folder = 'etc/default/grub.d';
  const read = await applied(
    {
      'etc/default/grub': 'GRUB_FORCE_PARTUUID=5198cbc0-01\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n',
      [`${folder}/40-force-partuuid.cfg`]: `${forced}26f22d2b-892e-459e-ba29-0fdab351f296\n`,
      [`${folder}/50-cloudimg-settings.cfg`]: `${cloud} resume=/dev/sda2"\n`,
      [`${folder}/60-none.cfg`]: 'GRUB_FORCE_PARTUUID=\n',
      [`${folder}/70-off.cfg.bak`]: 'GRUB_CMDLINE_LINUX_DEFAULT="debug"\n',
    },
    imageRequest({}, { boot: { runningKernel: '5.0-other' } }),
  );
  const mark = '# Left out by fleetlift, since its partition is not in the image: GRUB_FORCE_PARTUUID=';
  expect(await read('/etc/default/grub')).toBe(
    `${mark}5198cbc0-01\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="console=tty0"\n`,
  );
  expect(await read(`/${folder}/40-force-partuuid.cfg`)).toBe(
    `# Force boot without an initrd first.\n${mark}26f22d2b-892e-459e-ba29-0fdab351f296\n`,
  );
  expect(await read(`/etc/fleetlift/saved/${folder}/40-force-partuuid.cfg`)).toContain(`${forced}26f22d2b`);
  expect(await read(`/${folder}/50-cloudimg-settings.cfg`)).toBe(`${cloud}"\n`);
  expect([...made.editor.touched.keys()]).not.toContain(`/${folder}/60-none.cfg`);
  expect(await read('/boot/grub/grub.cfg')).toContain(' ro console=tty0 console=tty1 console=ttyS0\n');
});

test('an image that kiwi built: SUSE’s grub2-mkconfig finds the root by UUID in its settings, our menu has it once', async () => {
  const read = await applied({
    'etc/default/grub':
      'GRUB_CMDLINE_LINUX="root=LABEL=ROOT"\nGRUB_CMDLINE_LINUX_DEFAULT="quiet net.ifnames=0"\nSUSE_REMOVE_LINUX_ROOT_PARAM=true\n',
  });
  const root = 'root=UUID=00000000-0000-4000-8000-000000000000';
  expect(await read('/etc/default/grub')).toContain(
    `GRUB_CMDLINE_LINUX="${root} console=tty0 console=ttyS0,115200"\n`,
  );
  expect((await read('/boot/grub/grub.cfg'))?.match(/ root=\S+/g)).toEqual([` ${root}`]);
});

test('the command line of another kernel is not believed', async () => {
  const request = imageRequest({}, { boot: { runningKernel: '5.0-other' } });
  const read = await applied({}, request);
  expect(await read('/boot/grub/grub.cfg')).not.toContain('mitigations=off');
});

test('a separate /boot, grub2, kernel behind a link, initramfs built on the source', async () => {
  made = await temporaryTree({ 'etc/x': '' }, ['/boot']);
  const boot = join(made.folder, 'fs1');
  await mkdir(join(boot, 'grub2'));
  const files =
    'echo kernel >"$0/real-kernel"; echo old >"$0/initrd.img-6.1.0-50-amd64"; echo new >"$0/../initramfs"';
  await execa('sh', ['-c', files, boot]);
  await symlink('real-kernel', join(boot, 'vmlinuz-6.1.0-50-amd64'));
  const request = { ...imageRequest(), initramfs: join(made.folder, 'initramfs') };
  await applyRules(made.editor, request);
  const text = await readFile(join(boot, 'grub2/grub.cfg'), 'utf8');
  expect(text).toContain('--set=root 00000001-0000-4000-8000-000000000000');
  expect(text).toContain('linux /real-kernel root=UUID=00000000-0000-4000-8000-000000000000 ');
  expect(text).toContain('initrd /initrd.img-6.1.0-50-amd64\n');
  expect(await readFile(join(boot, 'initrd.img-6.1.0-50-amd64'), 'utf8')).toBe('new\n');
  const saved = join(made.root, 'etc/fleetlift/saved/boot/initrd.img-6.1.0-50-amd64');
  expect(await readFile(saved, 'utf8')).toBe('old\n');
  expect(made.editor.touched.get('/boot/initrd.img-6.1.0-50-amd64')).toContain('built on the source');
});

test('an initramfs built on a server that has none lies where grub-mkconfig looks for it', async () => {
  made = await temporaryTree({ 'boot/vmlinuz-6.1.0-50-amd64': 'kernel', initramfs: 'new' });
  const request = imageRequest();
  const plan = { ...request.plan, boot: { ...request.plan.boot, initrd: null } };
  await applyRules(made.editor, { ...request, plan, initramfs: join(made.root, 'initramfs') });
  expect(await readFile(join(made.root, 'boot/grub/grub.cfg'), 'utf8')).toContain(
    'initrd /boot/initrd.img-6.1.0-50-amd64\n',
  );
});

test('a kernel that is missing is told', async () => {
  made = await temporaryTree({ 'etc/x': '' });
  await expect(applyRules(made.editor, imageRequest())).rejects.toMatchObject({
    code: 'E-IMAGE-TREE',
    message: "/boot/vmlinuz-6.1.0-50-amd64 in the server's tree is missing",
  });
});
