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

const ROOT = '1c9d0a52-6f0b-4d33-9d2e-0a6a5b1c7e01';
const BOOT = '2d8e1b63-7a1c-4e44-8e3f-1b7b6c2d8f02';
const SWAP = '3e7f2c74-8b2d-4f55-9f40-2c8c7d3e9a03';
const KERNEL = '3.10.0-1160.el7.x86_64';
const PARAMETERS =
  'crashkernel=auto rd.md.uuid=a1b2c3d4:e5f60718:293a4b5c:6d7e8f90 rd.lvm.lv=rhel/root ' +
  'rd.md.uuid=0f1e2d3c:4b5a6978:8796a5b4:c3d2e1f0 rd.lvm.lv=rhel/swap rhgb quiet';

/**
 * RHEL 7.9 on hardware with two mirrored disks, booted by BIOS, its network set up by the `network` service.
 *
 * After Red Hat's documentation of RHEL 7: “System Administrator's Guide”, chapter “Working with GRUB 2” (grub.cfg and
 * grubenv below /boot/grub2, /etc/default/grub); “Networking Guide”, chapter “Configuring IP Networking with ifcfg Files”
 * (HWADDR, names such as em1); “Storage Administration Guide”, chapter on RAID (arrays, LVM on them).
 */
const SERVER: Layout = {
  files: {
    '/etc/os-release':
      'NAME="Red Hat Enterprise Linux Server"\nVERSION="7.9 (Maipo)"\nID="rhel"\nID_LIKE="fedora"\n' +
      'VERSION_ID="7.9"\nPRETTY_NAME="Red Hat Enterprise Linux Server 7.9 (Maipo)"\n',
    '/etc/machine-id': '7a0b1c2d3e4f5061728394a5b6c7d8e9\n',
    '/etc/fstab':
      '\n#\n# /etc/fstab\n# Created by anaconda on Tue Mar  3 10:15:00 2020\n#\n' +
      '/dev/mapper/rhel-root   /                       xfs     defaults        0 0\n' +
      `UUID=${BOOT} /boot                   xfs     defaults        0 0\n` +
      '/dev/mapper/rhel-swap   swap                    swap    defaults        0 0\n',
  },
  kernel: {
    '/proc/cmdline': `BOOT_IMAGE=/vmlinuz-${KERNEL} root=/dev/mapper/rhel-root ro ${PARAMETERS} LANG=en_US.UTF-8\n`,
    '/proc/self/mountinfo':
      '60 1 253:0 / / rw,relatime shared:1 - xfs /dev/mapper/rhel-root rw,seclabel,attr2,inode64,noquota\n' +
      '88 60 9:127 / /boot rw,relatime shared:28 - xfs /dev/md127 rw,seclabel,attr2,inode64,noquota\n',
  },
  outputs: {
    release: `${KERNEL}\n`,
    tools: 'unshare\nsetsid\ndracut\n',
    getenforce: 'Enforcing\n',
    blocks: [
      'dm-0|253:0|35651584|||md126|rhel-root|LVM-Aa0123456789||/dev/dm-0|',
      'dm-1|253:1|4190208|||md126|rhel-swap|LVM-Aa0123456790||/dev/dm-1|',
      'md126|9:126|39841792|||sda2,sdb2|||raid1|/dev/md126|',
      'md127|9:127|2095104|||sda1,sdb1|||raid1|/dev/md127|',
      'sda|8:0|41943040|||||||/dev/sda|',
      'sda1|8:1|2097152|1|sda|||||/dev/sda1|',
      'sda2|8:2|39843840|2|sda|||||/dev/sda2|',
      'sdb|8:16|41943040|||||||/dev/sdb|',
      'sdb1|8:17|2097152|1|sdb|||||/dev/sdb1|',
      'sdb2|8:18|39843840|2|sdb|||||/dev/sdb2|',
    ].join('\n'),
    'blkid sda': 'PTTYPE=dos\n',
    'blkid sdb': 'PTTYPE=dos\n',
    ...Object.fromEntries(
      ['sda1', 'sda2', 'sdb1', 'sdb2'].map((name) => [
        `blkid ${name}`,
        signature('linux_raid_member', 'a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90'),
      ]),
    ),
    'blkid md126': signature('LVM2_member', 'AbCdEf-1111-2222-3333-4444-5555-abcdef'),
    'blkid md127': signature('xfs', BOOT),
    'blkid dm-0': signature('xfs', ROOT),
    'blkid dm-1': signature('swap', SWAP),
    swaps: `swap block 0 /dev/dm-1\n${signature('swap', SWAP)}`,
    mounts: '60 dm-0 node\n88 md127 node\n',
    'statfs 60': space(17, 3),
    'statfs 88': space(1, 0.2),
    'xfs_info dm-0': xfsInfo('/dev/mapper/rhel-root'),
    'xfs_info md127': xfsInfo('/dev/md127'),
    boot: `config-${KERNEL}\ngrub2\ninitramfs-${KERNEL}.img\nSystem.map-${KERNEL}\nvmlinuz-${KERNEL}\n`,
    [`initrd ${KERNEL}`]: '',
    'kernel-modules': ['blk', 'net', 'pci', 'scsi'].map((one) => `${KERNEL} virtio_${one}\n`).join(''),
    grub: 'grub2-install (GRUB) 2.02~beta2\n',
    enabled: 'NetworkManager \nnetwork enabled\n',
    'network-files': '/etc/sysconfig/network-scripts/ifcfg-em1\n/etc/sysconfig/network-scripts/ifcfg-lo\n',
    static: 'file /etc/sysconfig/network-scripts/ifcfg-em1\nIPADDR=192.0.2.10\n',
  },
  tree: {
    '/boot/grub2/grub.cfg': 'menuentry …\n',
    '/boot/grub2/grubenv': environmentBlock(
      `saved_entry=Red Hat Enterprise Linux Server (${KERNEL}) 7.9 (Maipo)`,
    ),
    '/etc/default/grub':
      'GRUB_TIMEOUT=5\n' +
      'GRUB_DISTRIBUTOR="$(sed \'s, release .*$,,g\' /etc/system-release)"\n' +
      'GRUB_DEFAULT=saved\nGRUB_DISABLE_SUBMENU=true\nGRUB_TERMINAL_OUTPUT="console"\n' +
      `GRUB_CMDLINE_LINUX="${PARAMETERS}"\nGRUB_DISABLE_RECOVERY="true"\n`,
    '/etc/mdadm.conf':
      '# mdadm.conf written out by anaconda\nMAILADDR root\nAUTO +imsm +1.x -all\n' +
      'ARRAY /dev/md/boot level=raid1 num-devices=2 UUID=a1b2c3d4:e5f60718:293a4b5c:6d7e8f90\n' +
      'ARRAY /dev/md/pv00 level=raid1 num-devices=2 UUID=0f1e2d3c:4b5a6978:8796a5b4:c3d2e1f0\n',
    '/etc/sysconfig/network-scripts/ifcfg-lo': 'DEVICE=lo\nIPADDR=127.0.0.1\nONBOOT=yes\n',
    '/etc/sysconfig/network-scripts/ifcfg-em1':
      'TYPE=Ethernet\nBOOTPROTO=none\nNAME=em1\nDEVICE=em1\nONBOOT=yes\nHWADDR=00:11:22:33:44:55\n' +
      'IPADDR=192.0.2.10\nPREFIX=24\nGATEWAY=192.0.2.1\n',
  },
};

/** xfs_info of xfsprogs 4.5; features that came later are not even named. */
function xfsInfo(device: string): string {
  return (
    `meta-data=${device} isize=512    agcount=4, agsize=1113856 blks\n` +
    '         =                       sectsz=512   attr=2, projid32bit=1\n' +
    '         =                       crc=1        finobt=0 spinodes=0\n' +
    'data     =                       bsize=4096   blocks=4456448, imaxpct=25\n' +
    'naming   =version 2              bsize=4096   ascii-ci=0 ftype=1\n' +
    'log      =internal               bsize=4096   blocks=2560, version=2\n'
  );
}

let made: LaidOut;
beforeAll(async () => {
  made = await layOut(SERVER);
});
afterAll(async () => rm(made.folder, { recursive: true, force: true }));

test('its facts: volumes on mirrors, a network of fixed addresses, an initramfs for its own hardware', () => {
  const { facts } = made;
  expect(facts.filesystems.map(({ device, layers, disk }) => [device, layers, disk])).toEqual([
    ['/dev/mapper/rhel-root', ['lvm', 'raid1'], 'system'],
    ['/dev/md127', ['raid1'], 'system'],
  ]);
  expect(facts.unmounted).toEqual([]);
  expect(facts.boot).toMatchObject({ firmware: 'bios', grub: '2.02~beta2' });
  expect(facts.boot.kernels).toMatchObject([{ virtio: false, virtioModules: true }]);
  expect(facts.network.managers).toEqual(['ifcfg']);
  expect(facts.network.staticAddresses).toEqual([
    { file: '/etc/sysconfig/network-scripts/ifcfg-em1', address: '192.0.2.10' },
  ]);
});

test('its plan: one partition for each volume, features of its own xfs, all by UUID', () => {
  const { plan } = made;
  const partitions = plan.disks.flatMap((disk) => disk.partitions);
  expect(partitions.map((one) => (one.role === 'filesystem' ? one.mountpoint : one.role))).toEqual([
    ...['bios-boot', 'esp', 'swap', '/boot', '/'],
  ]);
  expect(partitions.at(-1)).toMatchObject({ uuid: ROOT, features: { flags: { crc: true, finobt: false } } });
  expect(plannedMounts(made)).toEqual([
    `UUID=${ROOT} / defaults`,
    `UUID=${BOOT} /boot defaults`,
    `UUID=${SWAP} swap defaults`,
  ]);
  expect(plan.boot).toMatchObject({
    buildInitramfs: true,
    parameters: ['crashkernel=auto', 'rhgb', 'quiet', 'LANG=en_US.UTF-8'],
  });
});

test('what changes in its tree, file by file', async () => {
  expect(changedPaths(made)).toEqual([
    '/boot/grub2/grub.cfg',
    `/boot/initramfs-${KERNEL}.img`,
    '/etc/default/grub',
    '/etc/fstab',
    '/etc/mdadm.conf',
    '/etc/sysconfig/network-scripts/ifcfg-em1',
    '/etc/sysconfig/network-scripts/ifcfg-eth0',
  ]);
  const { tree } = made;
  expect(await tree.readText(`/boot/initramfs-${KERNEL}.img`)).toBe('with virtio');
  expect(await tree.readText('/etc/mdadm.conf')).toBeNull();
  expect(await tree.readText('/etc/default/grub')).toContain(
    '\nGRUB_CMDLINE_LINUX="crashkernel=auto rhgb quiet console=tty0 console=ttyS0,115200 net.ifnames=0 biosdevname=0"\n',
  );
  expect(await tree.readText('/etc/sysconfig/network-scripts/ifcfg-em1')).toBeNull();
  expect(await tree.readText('/etc/sysconfig/network-scripts/ifcfg-eth0')).toContain('BOOTPROTO=dhcp\n');
  for (const path of ['/etc/fstab', '/etc/mdadm.conf', '/boot/grub2/grub.cfg']) {
    expect(await tree.readText(`/etc/fleetlift/saved${path}`)).toBe(
      { ...SERVER.files, ...SERVER.tree }[path],
    );
  }
});

test('its boot menu: kernel on /boot, root by UUID, no array and no volume', async () => {
  const menu = await made.tree.readText('/boot/grub2/grub.cfg');
  expect(menu).toContain(
    "menuentry 'Red Hat Enterprise Linux Server 7.9 (Maipo), Linux 3.10.0-1160.el7.x86_64' {",
  );
  expect(menu).toContain(`search --no-floppy --fs-uuid --set=root ${BOOT}\n`);
  expect(menu).toContain(
    `linux /vmlinuz-${KERNEL} root=UUID=${ROOT} ro crashkernel=auto rhgb quiet LANG=en_US.UTF-8 console=tty0 console=ttyS0,115200 ` +
      'net.ifnames=0 biosdevname=0\n',
  );
  expect(menu).toContain(`initrd /initramfs-${KERNEL}.img\n`);
});
