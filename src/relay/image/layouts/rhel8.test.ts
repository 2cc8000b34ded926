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

const ROOT = '4a1b2c3d-1111-4a4a-8c8c-9e9e0f0f1a02';
const BOOT = '5b2c3d4e-2222-4b4b-9d9d-8f8f1e1e2b03';
const SWAP = '6c3d4e5f-3333-4c4c-8e8e-7a7a2d2d3c04';
const MACHINE = '6f9cc9cb7d7845d49698c9537337cedc';
const KERNEL = '4.18.0-477.10.1.el8_8.x86_64';
const OPTIONS =
  'crashkernel=auto resume=/dev/mapper/rhel-swap rd.lvm.lv=rhel/root rd.lvm.lv=rhel/swap rhgb quiet';
const ENTRIES = [KERNEL, '0-rescue'].map((version) => `/boot/loader/entries/${MACHINE}-${version}.conf`);

/** An entry of RHEL 8, also that of the rescue kernel, names no parameter by itself. */
const ENTRY = [
  `title Red Hat Enterprise Linux (${KERNEL}) 8.8 (Ootpa)`,
  `version ${KERNEL}`,
  `linux /vmlinuz-${KERNEL}`,
  `initrd /initramfs-${KERNEL}.img $tuned_initrd`,
  'options $kernelopts $tuned_params',
  `id rhel-20230403122000-${KERNEL}`,
  'grub_users $grub_users',
  'grub_arg --unrestricted',
  'grub_class kernel',
  '',
].join('\n');

/**
 * RHEL 8.8 on VMware, booted by BIOS, with the boot entries of the Boot Loader Specification.
 *
 * After Red Hat, “Managing, monitoring and updating the kernel” for RHEL 8, chapter “Configuring kernel command-line
 * parameters” (entries in /boot/loader/entries, `kernelopts` in grubenv), Fedora's change page “BootLoaderSpecByDefault”,
 * and “Configuring and managing networking” for RHEL 8 (NetworkManager, which reads ifcfg files).
 */
const SERVER: Layout = {
  files: {
    '/etc/os-release':
      'NAME="Red Hat Enterprise Linux"\nVERSION="8.8 (Ootpa)"\nID="rhel"\nID_LIKE="fedora"\n' +
      'VERSION_ID="8.8"\nPRETTY_NAME="Red Hat Enterprise Linux 8.8 (Ootpa)"\n',
    '/etc/machine-id': `${MACHINE}\n`,
    '/etc/fstab':
      '/dev/mapper/rhel-root   /                       xfs     defaults        0 0\n' +
      `UUID=${BOOT} /boot                   xfs     defaults        0 0\n` +
      '/dev/mapper/rhel-swap   none                    swap    defaults        0 0\n',
  },
  kernel: {
    '/proc/cmdline': `BOOT_IMAGE=(hd0,msdos1)/vmlinuz-${KERNEL} root=/dev/mapper/rhel-root ro ${OPTIONS} skew_tick=1\n`,
    '/proc/self/mountinfo':
      '96 1 253:0 / / rw,relatime shared:1 - xfs /dev/mapper/rhel-root rw,seclabel,attr2,inode64,noquota\n' +
      '105 96 8:1 / /boot rw,relatime shared:50 - xfs /dev/sda1 rw,seclabel,attr2,inode64,noquota\n',
    '/sys/fs/selinux/enforce': '1',
  },
  outputs: {
    release: `${KERNEL}\n`,
    tools: 'unshare\nsetsid\ndracut\n',
    blocks: [
      'dm-0|253:0|35651584|||sda2|rhel-root|LVM-Bb0123456789||/dev/dm-0|',
      'dm-1|253:1|4186112|||sda2|rhel-swap|LVM-Bb0123456790||/dev/dm-1|',
      'sda|8:0|41943040|||||||/dev/sda|',
      'sda1|8:1|2097152|1|sda|||||/dev/sda1|',
      'sda2|8:2|39843840|2|sda|||||/dev/sda2|',
    ].join('\n'),
    'blkid sda': 'PTTYPE=dos\n',
    'blkid sda1': signature('xfs', BOOT),
    'blkid sda2': signature('LVM2_member', 'd5WnVk-1111-2222-3333-4444-5555-abcdef'),
    'blkid dm-0': signature('xfs', ROOT),
    'blkid dm-1': signature('swap', SWAP),
    swaps: `swap block 0 /dev/dm-1\n${signature('swap', SWAP)}`,
    mounts: '96 dm-0 node\n105 sda1 node\n',
    'statfs 96': space(17, 4),
    'statfs 105': space(1, 0.25),
    'xfs_info dm-0': xfsInfo('/dev/mapper/rhel-root'),
    'xfs_info sda1': xfsInfo('/dev/sda1'),
    boot: [
      `config-${KERNEL}`,
      'grub2',
      `initramfs-0-rescue-${MACHINE}.img`,
      `initramfs-${KERNEL}.img`,
      'loader',
      `vmlinuz-0-rescue-${MACHINE}`,
      `vmlinuz-${KERNEL}`,
    ].join('\n'),
    // dracut's hostonly mode left out what VMware does not have.
    [`initrd ${KERNEL}`]: '',
    'kernel-config': `/boot/config-${KERNEL}:CONFIG_VIRTIO_PCI=y\n`,
    'kernel-modules': ['blk', 'net', 'scsi'].map((one) => `${KERNEL} virtio_${one}\n`).join(''),
    grub: 'grub2-install (GRUB) 2.02\n',
    enabled: 'NetworkManager enabled\nnetwork \n',
    'network-files': '/etc/sysconfig/network-scripts/ifcfg-ens192\n',
  },
  tree: {
    '/boot/grub2/grub.cfg': 'insmod blscfg\nblscfg\n',
    '/boot/grub2/grubenv': environmentBlock(
      `saved_entry=${MACHINE}-${KERNEL}`,
      `kernelopts=root=/dev/mapper/rhel-root ro ${OPTIONS} `,
      'boot_success=0',
      'boot_indeterminate=0',
    ),
    ...Object.fromEntries(ENTRIES.map((path) => [path, ENTRY])),
    '/etc/default/grub':
      'GRUB_TIMEOUT=5\n' +
      'GRUB_DISTRIBUTOR="$(sed \'s, release .*$,,g\' /etc/system-release)"\n' +
      `GRUB_DEFAULT=saved\nGRUB_CMDLINE_LINUX="${OPTIONS}"\nGRUB_ENABLE_BLSCFG=true\n`,
    '/etc/NetworkManager/NetworkManager.conf': '[main]\n#plugins=ifcfg-rh\n',
    '/etc/sysconfig/network-scripts/ifcfg-ens192':
      'TYPE=Ethernet\nBOOTPROTO=none\nDEFROUTE=yes\nNAME=ens192\nUUID=7d4e5f60-4444-4d4d-9f9f-6b6b3c3c4d05\n' +
      'DEVICE=ens192\nONBOOT=yes\nIPADDR=192.0.2.20\nPREFIX=24\nGATEWAY=192.0.2.1\nHWADDR=00:50:56:01:02:03\n',
  },
  links: {
    '/etc/systemd/system/multi-user.target.wants/NetworkManager.service':
      '/usr/lib/systemd/system/NetworkManager.service',
  },
};

function xfsInfo(device: string): string {
  return (
    `meta-data=${device} isize=512    agcount=4, agsize=1113856 blks\n` +
    '         =                       sectsz=512   attr=2, projid32bit=1\n' +
    '         =                       crc=1        finobt=1, sparse=1, rmapbt=0\n' +
    '         =                       reflink=1    bigtime=0 inobtcount=0\n' +
    'data     =                       bsize=4096   blocks=4456448, imaxpct=25\n' +
    'naming   =version 2              bsize=4096   ascii-ci=0, ftype=1\n' +
    'log      =internal log           bsize=4096   blocks=2560, version=2\n'
  );
}

let made: LaidOut;
beforeAll(async () => {
  made = await layOut(SERVER);
});
afterAll(async () => rm(made.folder, { recursive: true, force: true }));

test('its facts and plan: volumes flattened, the kernel that runs and not the rescue one, an initramfs to build', () => {
  const { facts, plan } = made;
  expect(facts).toMatchObject({ selinux: 'enforcing', boot: { firmware: 'bios' } });
  expect(facts.network.managers).toEqual(['NetworkManager', 'ifcfg']);
  expect(plan.boot).toMatchObject({ kernelRelease: KERNEL, buildInitramfs: true });
  expect(plannedMounts(made)).toEqual([
    `UUID=${ROOT} / defaults`,
    `UUID=${BOOT} /boot defaults`,
    `UUID=${SWAP} none defaults`,
  ]);
  expect(plan.remarks.join('\n')).toContain('/: lvm becomes a plain partition');
});

test('what changes in its tree, file by file', async () => {
  expect(changedPaths(made)).toEqual([
    '/boot/grub2/fleetlift.cfg',
    '/boot/grub2/grub.cfg',
    '/boot/grub2/grubenv',
    `/boot/initramfs-${KERNEL}.img`,
    '/etc/NetworkManager/system-connections',
    '/etc/NetworkManager/system-connections/fleetlift.nmconnection',
    '/etc/default/grub',
    '/etc/fstab',
    '/etc/sysconfig/network-scripts/ifcfg-ens192',
  ]);
  const { tree } = made;
  expect(await tree.readText('/boot/grub2/grubenv')).toBe(
    environmentBlock(
      `saved_entry=${MACHINE}-${KERNEL}`,
      `kernelopts=root=UUID=${ROOT} ro crashkernel=auto rhgb quiet console=tty0 console=ttyS0,115200`,
      'boot_success=0',
      'boot_indeterminate=0',
    ),
  );
  expect(await tree.readText('/etc/sysconfig/network-scripts/ifcfg-ens192')).toBeNull();
  for (const path of ENTRIES) expect(await tree.readText(path)).toBe(ENTRY);
  expect(await tree.readText('/etc/default/grub')).toContain(
    '\nGRUB_CMDLINE_LINUX="crashkernel=auto rhgb quiet console=tty0 console=ttyS0,115200"\nGRUB_ENABLE_BLSCFG=true\n',
  );
});

test('its boot menu needs no command that only its own GRUB has', async () => {
  const menu = await made.tree.readText('/boot/grub2/grub.cfg');
  expect(menu).not.toContain('blscfg');
  expect(menu).toContain(`search --no-floppy --fs-uuid --set=root ${BOOT}\n`);
  expect(menu).toContain(
    `linux /vmlinuz-${KERNEL} root=UUID=${ROOT} ro crashkernel=auto rhgb quiet skew_tick=1 console=tty0 console=ttyS0,115200\n`,
  );
});
