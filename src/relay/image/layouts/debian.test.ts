import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  changedPaths,
  layOut,
  plannedMounts,
  signature,
  space,
  type LaidOut,
  type Layout,
} from '../testing/layout.js';

const ROOT = '5d6e7f80-1111-4a4a-8c8c-9e9e0f0f1a02';
const SWAP = '6e7f8091-2222-4b4b-9d9d-8f8f1e1e2b03';
const RESUME = '/etc/initramfs-tools/conf.d/resume';

interface Release {
  readonly version: string;
  readonly name: string;
  readonly kernel: string;
  readonly ifupdown: string;
  readonly dhcpClient: string;
  /** Features that mkfs.ext4 of that release adds. */
  readonly features: string;
}
const RELEASES: readonly Release[] = [
  {
    version: '11',
    name: 'bullseye',
    kernel: '5.10.0-28-amd64',
    ifupdown: '0.8.36',
    dhcpClient: '/usr/sbin/dhclient',
    features: '',
  },
  {
    version: '12',
    name: 'bookworm',
    kernel: '6.1.0-18-amd64',
    ifupdown: '0.8.41',
    dhcpClient: '/usr/sbin/dhclient',
    features: ' orphan_file metadata_csum_seed',
  },
  {
    version: '13',
    name: 'trixie',
    kernel: '6.12.41+deb13-amd64',
    ifupdown: '0.8.44',
    dhcpClient: '/usr/sbin/dhcpcd',
    features: ' orphan_file metadata_csum_seed',
  },
];

/**
 * Debian on two mirrored disks with LVM on them, root and swap each a volume, and an encrypted disk that is not mounted.
 *
 * After the Debian installation guide, “Partitioning and mount point selection” (guided partitioning with LVM, RAID), and
 * the manual pages of initramfs-tools(7) (RESUME in conf.d), mdadm.conf(5), crypttab(5) and interfaces(5).
 */
function serverOf(release: Release): Layout {
  const { version, name, kernel, features } = release;
  return {
    files: {
      '/etc/os-release': `PRETTY_NAME="Debian GNU/Linux ${version} (${name})"\nVERSION_ID="${version}"\nID=debian\n`,
      '/etc/machine-id': '3e4f5061728394a5b6c7d8e9f0011223\n',
      '/etc/fstab':
        '/dev/mapper/web1--vg-root /               ext4    errors=remount-ro 0       1\n' +
        '/dev/mapper/web1--vg-swap_1 none            swap    sw              0       0\n' +
        '/dev/mapper/vault /srv/vault ext4 noauto 0 0\n',
    },
    kernel: {
      '/proc/cmdline': `BOOT_IMAGE=/boot/vmlinuz-${kernel} root=/dev/mapper/web1--vg-root ro quiet\n`,
      '/proc/self/mountinfo':
        '25 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/web1--vg-root rw,errors=remount-ro\n',
    },
    outputs: {
      release: `${kernel}\n`,
      tools: 'unshare\nsetsid\nmkinitramfs\nifup\n',
      blocks: [
        'dm-0|253:0|18874368|||md0|web1--vg-root|LVM-Ee0123456789||/dev/dm-0|',
        'dm-1|253:1|1990656|||md0|web1--vg-swap_1|LVM-Ee0123456790||/dev/dm-1|',
        'md0|9:0|20952064|||sda1,sdb1|||raid1|/dev/md0|',
        'sda|8:0|20971520|||||||/dev/sda|',
        'sda1|8:1|20969472|1|sda|||||/dev/sda1|',
        'sdb|8:16|20971520|||||||/dev/sdb|',
        'sdb1|8:17|20969472|1|sdb|||||/dev/sdb1|',
        'sdc|8:32|20971520|||||||/dev/sdc|',
      ].join('\n'),
      'blkid sda': 'PTTYPE=dos\n',
      'blkid sdb': 'PTTYPE=dos\n',
      'blkid sda1': signature('linux_raid_member', '7f8091a2-3333-4c4c-8e8e-7a7a2d2d3c04'),
      'blkid sdb1': signature('linux_raid_member', '7f8091a2-3333-4c4c-8e8e-7a7a2d2d3c04'),
      'blkid sdc': signature('crypto_LUKS', '8091a2b3-4444-4d4d-9f9f-6b6b3c3c4d05'),
      'blkid md0': signature('LVM2_member', 'f7YpXm-1111-2222-3333-4444-5555-abcdef'),
      'blkid dm-0': signature('ext4', ROOT),
      'blkid dm-1': signature('swap', SWAP),
      swaps: `swap block 0 /dev/dm-1\n${signature('swap', SWAP)}`,
      mounts: '25 dm-0 node\n',
      'statfs 25': space(9, 2),
      'dumpe2fs dm-0':
        `Filesystem features:      has_journal ext_attr dir_index filetype extent 64bit metadata_csum${features}\n` +
        'Inode count:              589824\nBlock size:               4096\nInode size:\t          256\n',
      boot: `config-${kernel}\ngrub\ninitrd.img-${kernel}\nvmlinuz-${kernel}\n`,
      [`initrd ${kernel}`]: 'virtio_blk\nvirtio_net\nvirtio_pci\nvirtio_scsi\n',
      grub: 'grub-install (GRUB) 2.06-3~deb11u6\n',
      enabled: 'networking enabled\n',
      ifupdown: 'iface lo inet loopback\niface ens3 inet static\n',
    },
    tree: {
      '/boot/grub/grub.cfg': 'menuentry …\n',
      '/etc/default/grub': 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n',
      [RESUME]: 'RESUME=/dev/mapper/web1--vg-swap_1\n',
      '/etc/initramfs-tools/initramfs.conf': 'MODULES=most\nBUSYBOX=auto\n',
      '/etc/mdadm/mdadm.conf':
        'HOMEHOST <system>\nMAILADDR root\n' +
        'ARRAY /dev/md/0  metadata=1.2 UUID=7f8091a2:33334c4c:8e8e7a7a:2d2d3c04 name=web1:0\n',
      '/etc/crypttab': 'vault UUID=8091a2b3-4444-4d4d-9f9f-6b6b3c3c4d05 none luks\n',
      '/etc/network/interfaces':
        'auto lo\niface lo inet loopback\nallow-hotplug ens3\niface ens3 inet static\n address 192.0.2.60/24\n',
      '/usr/sbin/ifup': '',
      [release.dhcpClient]: '',
      '/var/lib/dpkg/status': `Package: ifupdown\nStatus: install ok installed\nVersion: ${release.ifupdown}\n\n`,
    },
    links: {
      '/etc/systemd/system/multi-user.target.wants/networking.service':
        '/lib/systemd/system/networking.service',
    },
  };
}

describe.each(RELEASES)('Debian $version', (release) => {
  let made: LaidOut;
  beforeAll(async () => {
    made = await layOut(serverOf(release));
  });
  afterAll(async () => rm(made.folder, { recursive: true, force: true }));

  test('its facts and plan: volumes on a mirror, an encrypted disk that is left behind and told', () => {
    const { facts, plan } = made;
    expect(facts.filesystems).toMatchObject([{ layers: ['lvm', 'raid1'] }]);
    expect(facts.unmounted).toMatchObject([{ device: '/dev/sdc', type: 'crypto_LUKS' }]);
    expect(plan.boot).toMatchObject({ kernelRelease: release.kernel, buildInitramfs: false });
    expect(plannedMounts(made)).toEqual([`UUID=${ROOT} / errors=remount-ro`, `UUID=${SWAP} none sw`]);
    expect(plan.remarks.join('\n')).toContain('/dev/mapper/vault on /srv/vault (ext4) is left out');
  });

  test('what changes in its tree, file by file', async () => {
    expect(changedPaths(made)).toEqual([
      '/boot/grub/grub.cfg',
      '/etc/crypttab',
      '/etc/default/grub',
      '/etc/fstab',
      RESUME,
      '/etc/mdadm/mdadm.conf',
      '/etc/network/interfaces',
      '/etc/systemd/system/networking.service.d',
      '/etc/systemd/system/networking.service.d/fleetlift.conf',
    ]);
    const { tree } = made;
    expect(await tree.readText(RESUME)).toBe(`RESUME=UUID=${SWAP}\n`);
    expect(await tree.readText('/etc/mdadm/mdadm.conf')).toBe('HOMEHOST <system>\nMAILADDR root\n');
    expect(await tree.readText('/etc/crypttab')).toMatch(/^# .*: vault UUID=8091a2b3-\S+ none luks\n$/);
    expect(await tree.readText('/etc/network/interfaces')).toContain('auto /en*=fleetlift /eth*=fleetlift\n');
  });

  test('its boot menu: the initramfs that is there is told the swap’s name too', async () => {
    expect(await made.tree.readText('/boot/grub/grub.cfg')).toContain(
      `linux /boot/vmlinuz-${release.kernel} root=UUID=${ROOT} ro quiet console=tty0 console=ttyS0,115200 resume=UUID=${SWAP}\n`,
    );
  });
});
