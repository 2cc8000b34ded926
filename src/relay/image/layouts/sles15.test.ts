import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  changedPaths,
  environmentBlock,
  layOut,
  plannedMounts,
  signature,
  space,
  type LaidOut,
  type Layout,
} from '../testing/layout.js';

const ROOT = 'f293ef3c-255a-4582-8016-f72fb8dd3f85';
const SWAP = 'ef98bdad-be2c-4a7f-b4af-a61178b29238';
const KERNEL = '5.14.21-150400.24.63-default';
const SNAPSHOT = '/@/.snapshots/1/snapshot';

/** Subvolumes that YaST lays out beside that of the root, with the ids that btrfs gave them. */
const SUBVOLUMES: readonly (readonly [id: number, mountpoint: string])[] = [
  [258, '/var'],
  [259, '/usr/local'],
  [260, '/tmp'],
  [261, '/srv'],
  [262, '/root'],
  [263, '/opt'],
  [264, '/home'],
  [265, '/boot/grub2/x86_64-efi'],
  [266, '/boot/grub2/i386-pc'],
  [267, '/.snapshots'],
];
const mountId = (id: number): number => id - 200;

/**
 * SLES 15 SP4, booted by BIOS, its root a snapshot of snapper's, its network set up by wicked.
 *
 * After SUSE's “Administration Guide” for SLES 15, chapters “System recovery and snapshot management with Snapper” (the
 * subvolumes, the default one below @/.snapshots), “The boot loader GRUB 2” (/boot/grub2, /etc/default/grub) and “Basic
 * networking” (ifcfg files, routes), wicked's manual pages ifcfg(5) and ifroute(5), and openSUSE's page “SDB:BTRFS”.
 */
const SERVER: Layout = {
  files: {
    '/etc/os-release':
      'NAME="SLES"\nVERSION="15-SP4"\nVERSION_ID="15.4"\nPRETTY_NAME="SUSE Linux Enterprise Server 15 SP4"\n' +
      'ID="sles"\nID_LIKE="suse"\n',
    '/etc/machine-id': '1c2d3e4f5061728394a5b6c7d8e9f001\n',
    '/etc/fstab': [
      `UUID=${ROOT} / btrfs defaults 0 0`,
      ...SUBVOLUMES.map(([, mountpoint]) => `UUID=${ROOT} ${mountpoint} btrfs subvol=/@${mountpoint} 0 0`),
      `UUID=${SWAP} swap swap defaults 0 0`,
      '',
    ].join('\n'),
  },
  kernel: {
    '/proc/cmdline': `BOOT_IMAGE=/boot/vmlinuz-${KERNEL} root=UUID=${ROOT} splash=silent resume=/dev/disk/by-uuid/${SWAP} mitigations=auto quiet security=apparmor\n`,
    '/proc/self/mountinfo': [
      `31 1 0:26 ${SNAPSHOT} / rw,relatime shared:1 - btrfs /dev/sda2 rw,space_cache,subvolid=268,subvol=${SNAPSHOT}`,
      ...SUBVOLUMES.map(([id, mountpoint]) =>
        [
          `${mountId(id)} 31 0:26 /@${mountpoint} ${mountpoint} rw,relatime shared:${id}`,
          `btrfs /dev/sda2 rw,space_cache,subvolid=${id},subvol=/@${mountpoint}`,
        ].join(' - '),
      ),
      '',
    ].join('\n'),
  },
  outputs: {
    release: `${KERNEL}\n`,
    tools: 'unshare\nsetsid\ndracut\n',
    blocks: [
      'sda|8:0|62914560|||||||/dev/sda|',
      'sda1|8:1|16384|1|sda|||||/dev/sda1|',
      'sda2|8:2|58701824|2|sda|||||/dev/sda2|',
      'sda3|8:3|4194304|3|sda|||||/dev/sda3|',
    ].join('\n'),
    'blkid sda': 'PTTYPE=gpt\n',
    'blkid sda1': 'PART_ENTRY_TYPE=21686148-6449-6e6f-744e-656564454649\n',
    'blkid sda2': signature('btrfs', ROOT),
    'blkid sda3': signature('swap', SWAP),
    swaps: `swap block 0 /dev/sda3\n${signature('swap', SWAP)}`,
    mounts: [31, ...SUBVOLUMES.map(([id]) => mountId(id))].map((id) => `${id} sda2 node\n`).join(''),
    ...Object.fromEntries(
      [31, ...SUBVOLUMES.map(([id]) => mountId(id))].map((id) => [`statfs ${id}`, space(28, 6)]),
    ),
    'btrfs-super sda2':
      'csum_type\t\t0 (crc32c)\nnodesize\t\t16384\nincompat_flags\t\t0x163\n' +
      '\t\t\t( MIXED_BACKREF |\n\t\t\t  DEFAULT_SUBVOL |\n\t\t\t  EXTENDED_IREF |\n\t\t\t  SKINNY_METADATA )\n',
    'btrfs-list sda2': [
      'ID 257 gen 33 top level 5 path @',
      ...SUBVOLUMES.map(([id, mountpoint]) => `ID ${id} gen 62 top level 257 path @${mountpoint}`),
      'ID 268 gen 155 top level 267 path @/.snapshots/1/snapshot',
      'ID 270 gen 140 top level 267 path @/.snapshots/2/snapshot',
    ].join('\n'),
    'btrfs-list-ro sda2': 'ID 270 gen 140 top level 267 path @/.snapshots/2/snapshot\n',
    'btrfs-default sda2': 'ID 268 gen 155 top level 267 path @/.snapshots/1/snapshot\n',
    'btrfs-rootid sda2': '268\n',
    boot: `config-${KERNEL}\ngrub2\ninitrd\ninitrd-${KERNEL}\nvmlinuz\nvmlinuz-${KERNEL}\n`,
    [`initrd ${KERNEL}`]: 'virtio_blk\nvirtio_net\nvirtio_pci\nvirtio_scsi\n',
    grub: 'grub2-install (GRUB2) 2.06\n',
    enabled: 'wicked enabled\nnetwork \n',
    'network-files': '/etc/sysconfig/network/ifcfg-eth0\n/etc/sysconfig/network/ifcfg-lo\n',
  },
  tree: {
    '/boot/grub2/grub.cfg': 'menuentry …\n',
    '/boot/grub2/grubenv': environmentBlock('saved_entry=SLES 15-SP4'),
    '/boot/grub2/i386-pc/normal.mod': 'module',
    '/.snapshots/2/snapshot/etc/fstab': 'of the snapshot\n',
    '/etc/default/grub':
      'GRUB_DISTRIBUTOR=\nGRUB_DEFAULT=saved\n' +
      `GRUB_CMDLINE_LINUX_DEFAULT="splash=silent resume=/dev/disk/by-uuid/${SWAP} mitigations=auto quiet security=apparmor"\n` +
      'GRUB_CMDLINE_LINUX=""\nSUSE_BTRFS_SNAPSHOT_BOOTING="true"\n',
    '/etc/sysconfig/network/ifcfg-lo': "IPADDR='127.0.0.1/8'\n",
    '/etc/sysconfig/network/ifcfg-eth0':
      "IPADDR='192.0.2.40/24'\nBOOTPROTO='static'\nSTARTMODE='auto'\nZONE=public\nLLADDR='00:50:56:aa:bb:cc'\n",
    '/etc/sysconfig/network/routes': 'default 192.0.2.1 - -\n',
    '/etc/udev/rules.d/70-persistent-net.rules':
      'SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", ATTR{address}=="00:50:56:aa:bb:cc", NAME="eth0"\n',
  },
  links: {
    '/boot/vmlinuz': `vmlinuz-${KERNEL}`,
    '/etc/systemd/system/multi-user.target.wants/wicked.service': '/usr/lib/systemd/system/wicked.service',
    '/etc/systemd/system/network.service': '/usr/lib/systemd/system/wicked.service',
  },
};

let made: LaidOut;
beforeAll(async () => {
  made = await layOut(SERVER);
});
afterAll(async () => rm(made.folder, { recursive: true, force: true }));

test('its facts: one filesystem, shown by its subvolumes, the root by the default one', () => {
  const { filesystems, network, boot } = made.facts;
  expect(filesystems).toHaveLength(1);
  expect(filesystems[0]?.mounts[0]).toMatchObject({ mountpoint: '/', root: SNAPSHOT });
  expect(filesystems[0]?.features).toMatchObject({ family: 'btrfs', defaultSubvolume: 268 });
  expect(network.managers).toEqual(['wicked']);
  expect(boot.grub).toBe('2.06');
});

test('its plan: every subvolume by name, none for the root, and room for the snapshot', () => {
  const { plan } = made;
  expect(plannedMounts(made)).toEqual([
    `UUID=${ROOT} / defaults`,
    ...SUBVOLUMES.map(([, mountpoint]) => `UUID=${ROOT} ${mountpoint} subvol=/@${mountpoint}`),
    `UUID=${SWAP} swap defaults`,
  ]);
  expect(plan.disks[0]?.partitions.at(-1)).toMatchObject({
    mountpoint: '/',
    mountRoot: SNAPSHOT,
    uuid: ROOT,
  });
  expect(plan.boot.parameters).toEqual(['splash=silent', 'mitigations=auto', 'quiet', 'security=apparmor']);
  expect(plan.remarks.join('\n')).toContain('1 read-only snapshots arrive as full copies');
});

test('what changes in its tree, file by file', async () => {
  expect(changedPaths(made)).toEqual([
    '/boot/grub2/grub.cfg',
    '/etc/default/grub',
    '/etc/fstab',
    '/etc/sysconfig/network/ifcfg-eth0',
    '/etc/sysconfig/network/routes',
    '/etc/udev/rules.d/70-persistent-net.rules',
  ]);
  const { tree } = made;
  expect(await tree.readText('/etc/sysconfig/network/ifcfg-eth0')).toContain("BOOTPROTO='dhcp'\n");
  expect(await tree.readText('/etc/fleetlift/saved/etc/sysconfig/network/ifcfg-eth0')).toContain('LLADDR');
  expect(await tree.readText('/etc/sysconfig/network/routes')).toBeNull();
  expect(await tree.readText('/.snapshots/2/snapshot/etc/fstab')).toBe('of the snapshot\n');
  const grub = await tree.readText('/etc/default/grub');
  expect(grub).toContain(
    'GRUB_CMDLINE_LINUX_DEFAULT="splash=silent mitigations=auto quiet security=apparmor"\n',
  );
  expect(grub).toContain(
    'GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200 net.ifnames=0 biosdevname=0"\n',
  );
});

test('its boot menu: the kernel by its place in the filesystem, the root as snapper leaves it', async () => {
  const menu = await made.tree.readText('/boot/grub2/grub.cfg');
  expect(menu).toContain(`--set=root ${ROOT}\n`);
  expect(menu).toContain(
    `linux ${SNAPSHOT}/boot/vmlinuz-${KERNEL} root=UUID=${ROOT} ro splash=silent mitigations=auto quiet `,
  );
  expect(menu).toContain(`initrd ${SNAPSHOT}/boot/initrd-${KERNEL}\n`);
  expect(menu).not.toContain('rootflags');
  expect(menu).not.toContain('resume');
});
