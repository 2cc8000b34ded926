import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  changedPaths,
  layOut,
  plannedMounts,
  signature,
  space,
  type LaidOut,
  type Layout,
} from '../testing/layout.js';

const ROOT = '14f22172-d6f2-41e9-a17c-46c738a6acfa';
const BOOT = '9445ef1c-6249-425f-89a6-38cf25acca9e';
const SWAP = 'c1829304-5555-4e4e-8a8a-5c5c4b4b5e06';
const KERNEL = '5.15.0-91-generic';

/**
 * Ubuntu Server 22.04, booted by UEFI, as its installer proposes: the root on LVM, swap in a file, netplan with cloud-init.
 *
 * After Ubuntu's “Server guide” (storage layout “lvm” of the installer) and curtin's documentation (names in fstab by
 * /dev/disk/by-id and by-uuid), and netplan's reference, “Properties for physical device types” (`match`, `macaddress`,
 * `set-name`) and how-to “Match the interface by MAC address”.
 */
const SERVER: Layout = {
  files: {
    '/etc/os-release':
      'PRETTY_NAME="Ubuntu 22.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nID=ubuntu\nID_LIKE=debian\n',
    '/etc/machine-id': '2d3e4f5061728394a5b6c7d8e9f00112\n',
    '/etc/fstab':
      '# / was on /dev/ubuntu-vg/ubuntu-lv during curtin installation\n' +
      '/dev/disk/by-id/dm-uuid-LVM-Dd0123456789 / ext4 defaults 0 1\n' +
      '# /boot was on /dev/sda2 during curtin installation\n' +
      `/dev/disk/by-uuid/${BOOT} /boot ext4 defaults 0 1\n` +
      '# /boot/efi was on /dev/sda1 during curtin installation\n' +
      '/dev/disk/by-uuid/DE25-2A1B /boot/efi vfat defaults 0 1\n' +
      '/swap.img\tnone\tswap\tsw\t0\t0\n',
  },
  kernel: {
    '/proc/cmdline': `BOOT_IMAGE=/vmlinuz-${KERNEL} root=/dev/mapper/ubuntu--vg-ubuntu--lv ro\n`,
    '/proc/self/mountinfo':
      '29 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/ubuntu--vg-ubuntu--lv rw\n' +
      '90 29 7:0 / /snap/core20/2015 ro,nodev,relatime shared:46 - squashfs /dev/loop0 ro\n' +
      '93 29 8:2 / /boot rw,relatime shared:50 - ext4 /dev/sda2 rw\n' +
      '96 93 8:1 / /boot/efi rw,relatime shared:52 - vfat /dev/sda1 rw,fmask=0022,dmask=0022\n',
  },
  outputs: {
    efi: '',
    release: `${KERNEL}\n`,
    tools: 'unshare\nsetsid\nmkinitramfs\ncloud-init\nnetplan\n',
    blocks: [
      'dm-0|253:0|41943040|||sda3|ubuntu--vg-ubuntu--lv|LVM-Dd0123456789||/dev/dm-0|',
      'loop0|7:0|129944|||||||/dev/loop0|file',
      'sda|8:0|83886080|||||||/dev/sda|',
      'sda1|8:1|2201600|1|sda|||||/dev/sda1|',
      'sda2|8:2|4194304|2|sda|||||/dev/sda2|',
      'sda3|8:3|77485056|3|sda|||||/dev/sda3|',
    ].join('\n'),
    'blkid loop0': 'TYPE=squashfs\n',
    'blkid sda': 'PTTYPE=gpt\n',
    'blkid sda1': signature('vfat', 'DE25-2A1B'),
    'blkid sda2': signature('ext4', BOOT),
    'blkid sda3': signature('LVM2_member', 'qp2Wau-1111-2222-3333-4444-5555-abcdef'),
    'blkid dm-0': signature('ext4', ROOT),
    swaps: `swap file 1048576 /swap.img\n${signature('swap', SWAP)}`,
    mounts: '29 dm-0 node\n93 sda2 node\n96 sda1 node\n',
    'statfs 29': space(20, 5),
    'statfs 93': space(2, 0.3),
    'statfs 96': space(1, 0.01),
    'dumpe2fs dm-0': dumpe2fs(1_310_720),
    'dumpe2fs sda2': dumpe2fs(131_072),
    boot: `config-${KERNEL}\nefi\ngrub\ninitrd.img\ninitrd.img-${KERNEL}\nvmlinuz\nvmlinuz-${KERNEL}\n`,
    [`initrd ${KERNEL}`]: 'virtio_blk\nvirtio_net\nvirtio_pci\nvirtio_scsi\n',
    grub: 'grub-install (GRUB) 2.06-2ubuntu7.2\n',
    enabled: 'systemd-networkd enabled\n',
    'network-files': '/etc/netplan/00-installer-config.yaml\n',
    static: 'file /etc/netplan/00-installer-config.yaml\n        - 192.0.2.50/24\n',
  },
  tree: {
    '/boot/grub/grub.cfg': 'menuentry …\n',
    '/etc/default/grub':
      'GRUB_DEFAULT=0\nGRUB_TIMEOUT_STYLE=hidden\nGRUB_TIMEOUT=0\n' +
      'GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`\n' +
      'GRUB_CMDLINE_LINUX_DEFAULT=""\nGRUB_CMDLINE_LINUX=""\n',
    '/etc/cloud/cloud.cfg': 'disable_root: true\n',
    '/etc/netplan/00-installer-config.yaml':
      'network:\n  version: 2\n  ethernets:\n    lan:\n      match:\n        macaddress: 00:50:56:aa:bb:cc\n' +
      '      set-name: lan\n      addresses:\n        - 192.0.2.50/24\n' +
      '  vlans:\n    lan.7:\n      id: 7\n      link: lan\n',
    '/usr/sbin/netplan': '#!/usr/bin/python3\n',
    '/usr/lib/systemd/systemd-networkd': '',
  },
  links: {
    '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service':
      '/lib/systemd/system/systemd-networkd.service',
  },
};

function dumpe2fs(inodeCount: number): string {
  return (
    'Filesystem features:      has_journal ext_attr resize_inode dir_index filetype needs_recovery extent 64bit ' +
    'flex_bg sparse_super large_file huge_file dir_nlink extra_isize metadata_csum\n' +
    `Inode count:              ${inodeCount}\nBlock size:               4096\nInode size:\t          256\n`
  );
}

let made: LaidOut;
beforeAll(async () => {
  made = await layOut(SERVER);
});
afterAll(async () => rm(made.folder, { recursive: true, force: true }));

test('its facts: netplan, a fixed address, a swap file; snaps are files', () => {
  const { facts } = made;
  expect(facts.filesystems.map(({ mounts }) => mounts[0]?.mountpoint)).toEqual(['/', '/boot/efi', '/boot']);
  expect(facts.boot).toMatchObject({ firmware: 'uefi', grub: '2.06-2ubuntu7.2' });
  expect(facts.network.managers).toEqual(['netplan']);
  expect(facts.network.staticAddresses).toEqual([
    { file: '/etc/netplan/00-installer-config.yaml', address: '192.0.2.50/24' },
  ]);
  expect(facts.swaps).toMatchObject([{ kind: 'file', path: '/swap.img' }]);
  expect(facts.unmounted).toEqual([]);
});

test('its plan: by UUID whatever the installer wrote, the swap file anew', () => {
  const { plan } = made;
  expect(plannedMounts(made)).toEqual([
    `UUID=${ROOT} / defaults`,
    `UUID=${BOOT} /boot defaults`,
    'UUID=DE25-2A1B /boot/efi defaults,nofail',
    '/swap.img none sw',
  ]);
  expect(plan.swapFiles).toMatchObject([{ path: '/swap.img', uuid: SWAP }]);
});

test('what changes in its tree, file by file', async () => {
  expect(changedPaths(made)).toEqual([
    '/boot/grub/grub.cfg',
    '/etc/cloud/cloud.cfg.d',
    '/etc/cloud/cloud.cfg.d/99-fleetlift.cfg',
    '/etc/default/grub',
    '/etc/fstab',
    '/etc/netplan/00-installer-config.yaml',
    '/etc/netplan/01-fleetlift.yaml',
    '/swap.img',
  ]);
  const { tree } = made;
  expect(await tree.list('/etc/netplan')).toEqual(['01-fleetlift.yaml']);
  expect(await tree.readText('/etc/netplan/01-fleetlift.yaml')).not.toContain('macaddress');
  expect(await tree.readText('/etc/fleetlift/saved/etc/netplan/00-installer-config.yaml')).toBe(
    SERVER.tree['/etc/netplan/00-installer-config.yaml'],
  );
  expect(await tree.readText('/etc/default/grub')).toContain(
    'GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"\n',
  );
});

test('its boot menu: kernel on /boot, the flattened root by UUID', async () => {
  const menu = await made.tree.readText('/boot/grub/grub.cfg');
  expect(menu).toContain(`--set=root ${BOOT}\n`);
  expect(menu).toContain(`linux /vmlinuz-${KERNEL} root=UUID=${ROOT} ro console=tty0 console=ttyS0,115200\n`);
  expect(menu).toContain(`initrd /initrd.img-${KERNEL}\n`);
});
