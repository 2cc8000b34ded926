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

const ROOT = '8e5f6071-1111-4a4a-8c8c-9e9e0f0f1a02';
const BOOT = '9f607182-2222-4b4b-9d9d-8f8f1e1e2b03';
const SWAP = 'a0718293-3333-4c4c-8e8e-7a7a2d2d3c04';
const MACHINE = '0b1c2d3e4f5061728394a5b6c7d8e9f0';
const KERNEL = '5.14.0-284.11.1.el9_2.x86_64';
const CRASHKERNEL = 'crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M';
const OPTIONS = `root=/dev/mapper/rhel-root ro ${CRASHKERNEL} resume=/dev/mapper/rhel-swap rd.lvm.lv=rhel/root rd.lvm.lv=rhel/swap`;
const IN_IMAGE = `root=UUID=${ROOT} ro ${CRASHKERNEL}`;
const CONSOLES = 'console=tty0 console=ttyS0,115200';
const ENTRIES = `/boot/loader/entries/${MACHINE}`;
const CONNECTIONS = '/etc/NetworkManager/system-connections';

/** An entry with these options; RHEL 9 writes them out, where RHEL 8 names a variable. */
function entry(options: string): string {
  return [
    `title Red Hat Enterprise Linux (${KERNEL}) 9.2 (Plow)`,
    `version ${KERNEL}`,
    `linux /vmlinuz-${KERNEL}`,
    `initrd /initramfs-${KERNEL}.img $tuned_initrd`,
    `options ${options}`,
    'grub_users $grub_users',
    'grub_arg --unrestricted',
    'grub_class rhel',
    '',
  ].join('\n');
}

/**
 * RHEL 9.2 on KVM, booted by UEFI.
 *
 * After Red Hat, “Managing, monitoring and updating the kernel” for RHEL 9, chapter “Configuring kernel command-line
 * parameters” (options written out in /boot/loader/entries, /etc/kernel/cmdline for later kernels), and “Configuring and
 * managing networking” for RHEL 9, chapter on profiles in keyfile format (mac-address, interface-name).
 */
const SERVER: Layout = {
  files: {
    '/etc/os-release':
      'NAME="Red Hat Enterprise Linux"\nVERSION="9.2 (Plow)"\nID="rhel"\nID_LIKE="fedora"\n' +
      'VERSION_ID="9.2"\nPRETTY_NAME="Red Hat Enterprise Linux 9.2 (Plow)"\n',
    '/etc/machine-id': `${MACHINE}\n`,
    '/etc/fstab':
      '/dev/mapper/rhel-root   /                       xfs     defaults        0 0\n' +
      `UUID=${BOOT} /boot                   xfs     defaults        0 0\n` +
      'UUID=7B77-95E7          /boot/efi               vfat    umask=0077,shortname=winnt 0 2\n' +
      '/dev/mapper/rhel-swap   none                    swap    defaults        0 0\n',
  },
  kernel: {
    '/proc/cmdline': `BOOT_IMAGE=(hd0,gpt2)/vmlinuz-${KERNEL} ${OPTIONS}\n`,
    '/proc/self/mountinfo':
      '97 1 253:0 / / rw,relatime shared:1 - xfs /dev/mapper/rhel-root rw,seclabel,attr2,inode64,noquota\n' +
      '110 97 252:2 / /boot rw,relatime shared:50 - xfs /dev/vda2 rw,seclabel,attr2,inode64,noquota\n' +
      '113 110 252:1 / /boot/efi rw,relatime shared:52 - vfat /dev/vda1 rw,fmask=0077,dmask=0077,shortname=winnt\n',
  },
  outputs: {
    efi: '',
    release: `${KERNEL}\n`,
    tools: 'unshare\nsetsid\ndracut\ncloud-init\n',
    blocks: [
      'dm-0|253:0|35651584|||vda3|rhel-root|LVM-Cc0123456789||/dev/dm-0|',
      'dm-1|253:1|4186112|||vda3|rhel-swap|LVM-Cc0123456790||/dev/dm-1|',
      'vda|252:0|41943040|||||||/dev/vda|',
      'vda1|252:1|1228800|1|vda|||||/dev/vda1|',
      'vda2|252:2|2097152|2|vda|||||/dev/vda2|',
      'vda3|252:3|38610944|3|vda|||||/dev/vda3|',
    ].join('\n'),
    'blkid vda': 'PTTYPE=gpt\n',
    'blkid vda1': signature('vfat', '7B77-95E7'),
    'blkid vda2': signature('xfs', BOOT),
    'blkid vda3': signature('LVM2_member', 'e6XoWl-1111-2222-3333-4444-5555-abcdef'),
    'blkid dm-0': signature('xfs', ROOT),
    'blkid dm-1': signature('swap', SWAP),
    swaps: `swap block 0 /dev/dm-1\n${signature('swap', SWAP)}`,
    mounts: '97 dm-0 node\n110 vda2 node\n113 vda1 node\n',
    'statfs 97': space(17, 4),
    'statfs 110': space(1, 0.25),
    'statfs 113': space(0.5, 0.01),
    'xfs_info dm-0': xfsInfo('/dev/mapper/rhel-root'),
    'xfs_info vda2': xfsInfo('/dev/vda2'),
    boot: `config-${KERNEL}\nefi\ngrub2\ninitramfs-${KERNEL}.img\nloader\nvmlinuz-${KERNEL}\n`,
    [`initrd ${KERNEL}`]: 'virtio_blk\nvirtio_net\nvirtio_scsi\n',
    'kernel-config': `/boot/config-${KERNEL}:CONFIG_VIRTIO_PCI=y\n`,
    grub: 'grub2-install (GRUB) 2.06\n',
    enabled: 'NetworkManager enabled\n',
    'network-files': `${CONNECTIONS}/enp1s0.nmconnection\n${CONNECTIONS}/enp1s0.100.nmconnection\n`,
  },
  tree: {
    '/boot/grub2/grub.cfg': 'insmod blscfg\nblscfg\n',
    '/boot/grub2/grubenv': environmentBlock(`saved_entry=${MACHINE}-${KERNEL}`, 'boot_success=1'),
    [`${ENTRIES}-${KERNEL}.conf`]: entry(`${OPTIONS} $tuned_params`),
    [`${ENTRIES}-0-rescue.conf`]: entry(OPTIONS),
    '/etc/kernel/cmdline': `${OPTIONS}\n`,
    '/etc/default/grub': `GRUB_DEFAULT=saved\nGRUB_CMDLINE_LINUX="${OPTIONS.replace(/^\S+ ro /, '')}"\nGRUB_ENABLE_BLSCFG=true\n`,
    '/etc/cloud/cloud.cfg': 'users:\n - default\n',
    [`${CONNECTIONS}/enp1s0.nmconnection`]:
      '[connection]\nid=enp1s0\nuuid=b1829304-4444-4d4d-9f9f-6b6b3c3c4d05\ntype=ethernet\ninterface-name=enp1s0\n\n' +
      '[ethernet]\nmac-address=52:54:00:12:34:56\n\n' +
      '[ipv4]\naddress1=192.0.2.30/24,192.0.2.1\nmethod=manual\n',
    [`${CONNECTIONS}/enp1s0.100.nmconnection`]:
      '[connection]\nid=enp1s0.100\ntype=vlan\n\n[vlan]\nid=100\nparent=enp1s0\n',
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
    '         =                       reflink=1    bigtime=1 inobtcount=1 nrext64=0\n' +
    'data     =                       bsize=4096   blocks=4456448, imaxpct=25\n' +
    'naming   =version 2              bsize=4096   ascii-ci=0, ftype=1\n' +
    'log      =internal log           bsize=4096   blocks=16384, version=2\n'
  );
}

let made: LaidOut;
beforeAll(async () => {
  made = await layOut(SERVER);
});
afterAll(async () => rm(made.folder, { recursive: true, force: true }));

test('its facts and plan: the EFI partition keeps its place and serial number, volumes are flattened', () => {
  const { facts, plan } = made;
  expect(facts.boot.firmware).toBe('uefi');
  expect(plan.disks[0]?.partitions[1]).toMatchObject({ mountpoint: '/boot/efi', uuid: '7B77-95E7' });
  expect(plannedMounts(made)).toEqual([
    `UUID=${ROOT} / defaults`,
    `UUID=${BOOT} /boot defaults`,
    'UUID=7B77-95E7 /boot/efi umask=0077,shortname=winnt,nofail',
    `UUID=${SWAP} none defaults`,
  ]);
  expect(plan.boot).toMatchObject({ buildInitramfs: false, parameters: [CRASHKERNEL] });
});

test('what changes in its tree, file by file', async () => {
  expect(changedPaths(made)).toEqual([
    '/boot/grub2/fleetlift.cfg',
    '/boot/grub2/grub.cfg',
    `${ENTRIES}-0-rescue.conf`,
    `${ENTRIES}-${KERNEL}.conf`,
    `${CONNECTIONS}/enp1s0.nmconnection`,
    `${CONNECTIONS}/fleetlift.nmconnection`,
    '/etc/cloud/cloud.cfg.d',
    '/etc/cloud/cloud.cfg.d/99-fleetlift.cfg',
    '/etc/default/grub',
    '/etc/fstab',
    '/etc/kernel/cmdline',
  ]);
  const { tree } = made;
  expect(await tree.readText(`${ENTRIES}-${KERNEL}.conf`)).toBe(
    entry(`${IN_IMAGE} $tuned_params ${CONSOLES}`),
  );
  expect(await tree.readText(`${ENTRIES}-0-rescue.conf`)).toBe(entry(`${IN_IMAGE} ${CONSOLES}`));
  expect(await tree.readText('/etc/kernel/cmdline')).toBe(`${IN_IMAGE} ${CONSOLES}\n`);
  expect(await tree.list(CONNECTIONS)).toEqual(['enp1s0.100.nmconnection', 'fleetlift.nmconnection']);
  expect(await tree.readText(`/etc/fleetlift/saved${CONNECTIONS}/enp1s0.nmconnection`)).toContain(
    'mac-address=52:54:00:12:34:56',
  );
});

test('its boot menu lies where its own GRUB keeps it, not in the EFI partition', async () => {
  const menu = await made.tree.readText('/boot/grub2/grub.cfg');
  expect(menu).toContain(`linux /vmlinuz-${KERNEL} ${IN_IMAGE} ${CONSOLES}\n`);
  expect(await made.tree.isFolder('/boot/efi')).toBe(false);
});

test('what grub2-mkconfig may write there later finds its kernel too, and none of its own modules', async () => {
  const first = (await made.tree.readText('/boot/grub2/fleetlift.cfg')) ?? '';
  expect(first).toContain('function blscfg {\n  menuentry ');
  expect(first).toContain(`    linux /vmlinuz-${KERNEL} ${IN_IMAGE} ${CONSOLES}\n`);
  expect(first.split('\n').slice(-3)).toEqual([
    'set prefix=($root)/grub2/fleetlift',
    'configfile ($root)/grub2/grub.cfg',
    '',
  ]);
});
