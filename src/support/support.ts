import type { ErrorCode } from '../errors/catalogue.js';
import type { OsFacts } from '../model/facts.js';

/**
 * What was tried, and how far: the one source of docs/support.md and of what preflight says of a distribution. A row
 * moves up when a test shows more, never before.
 */
export type Trial = 'booted here' | 'tested on layouts';

/** Distributions by the ids that their os-release has; rebuilds have the layout of what they are built from. */
const DISTRIBUTIONS = {
  Debian: ['debian'],
  Ubuntu: ['ubuntu'],
  'RHEL, CentOS, Rocky, AlmaLinux, Oracle': ['rhel', 'centos', 'rocky', 'almalinux', 'ol'],
  'SLES, openSUSE Leap': ['sles', 'sles_sap', 'opensuse-leap'],
} as const satisfies Record<string, readonly string[]>;

export type Distribution = keyof typeof DISTRIBUTIONS;

/** A feature of servers of one distribution and version that was tried. */
export interface TriedRow {
  readonly distribution: Distribution;
  /** As `VERSION_ID` begins: `8` is 8.0 and 8.10. */
  readonly version: string;
  readonly feature: string;
  readonly trial: Trial;
  /** The test that shows it. */
  readonly test: string;
}

/** Something that no distribution may have. */
export interface UnsupportedRow {
  readonly feature: string;
  /** What a drill says of it; null: it is not noticed. */
  readonly told: ErrorCode | null;
  readonly instead: string;
}

export const TRIED: readonly TriedRow[] = [
  ...booted('12', 'test/e2e/migration.e2e.ts', [
    'ext4',
    'xfs',
    'btrfs with subvolumes',
    'ext2',
    '/boot on a filesystem of its own',
    'MBR',
    'GPT',
  ]),
  ...onMachine('12', [
    'LVM: /, /var, swap, two volume groups',
    'RAID by mdadm, /boot an array of its own',
    'booted by UEFI, with the files signed for Secure Boot',
    'root on a subvolume of btrfs, nested ones, snapshots',
    'AHCI disk, e1000 card, initramfs without virtio',
    'initramfs by dracut for this machine only',
    'data disk encrypted by LUKS, which arrives plain',
    'SELinux enforcing',
    'filesystems without a partition table',
  ]),
  ...onMachine('11', ['xfs']),
  ...onMachine('13', ['ext4']),
  ...['11', '12', '13'].map((version) =>
    onLayout('Debian', version, 'ext4 on LVM on RAID, ifupdown', 'debian'),
  ),
  onLayout('Ubuntu', '22.04', 'ext4 on LVM, booted by UEFI, netplan', 'ubuntu2204'),
  ...[
    ['7', 'xfs on LVM on RAID, network scripts'],
    ['8', 'xfs on LVM, boot entries with parameters in grubenv, NetworkManager'],
    ['9', 'xfs on LVM, booted by UEFI, boot entries, NetworkManager'],
  ].map(([version = '', feature = '']) =>
    onLayout('RHEL, CentOS, Rocky, AlmaLinux, Oracle', version, feature, `rhel${version}`),
  ),
  onLayout('SLES, openSUSE Leap', '15', 'btrfs with snapper, wicked', 'sles15'),
];

export const UNSUPPORTED: readonly UnsupportedRow[] = [
  {
    feature: 'GRUB legacy and LILO: RHEL 6, SLES 11 and older',
    told: 'E-GRUB-OLD',
    instead: 'install GRUB 2 on the server first',
  },
  {
    feature: 'kernels in the EFI partition, as systemd-boot wants them',
    told: 'E-FS-UNSUPPORTED',
    instead: 'install GRUB 2, with /boot on a filesystem that is migrated',
  },
  {
    feature: 'filesystems other than ext2, ext3, ext4, xfs and btrfs',
    told: 'E-FS-UNSUPPORTED',
    instead: 'unmount them, and carry their content over by other means',
  },
  {
    feature: 'encrypted volumes (LUKS) as such',
    told: 'E-LUKS-CONSENT',
    instead: 'let their content arrive unencrypted, by sync.luks: plain, or leave them behind unmounted',
  },
  {
    feature: 'thin volumes of LVM',
    told: null,
    instead: 'their sizes may add up to more than the disks have: wish for sizes by image.disks',
  },
  {
    feature: '32-bit systems, and every architecture other than x86-64',
    told: 'E-OS-UNSUPPORTED',
    instead: 'nothing',
  },
  {
    feature: 'Secure Boot of the image, unless the server has its distribution’s signed shim and GRUB',
    told: 'W-FIRMWARE',
    instead: 'switch it off for the target, or install the distribution’s signed loader in the image',
  },
];

/** How far a distribution was tried at all, in that version; null: never. */
export function trialOf({ id, versionId }: OsFacts): Trial | null {
  const trials = TRIED.filter(({ distribution, version }) => {
    const ids: readonly string[] = DISTRIBUTIONS[distribution];
    return ids.includes(id) && (versionId === version || versionId.startsWith(`${version}.`));
  }).map(({ trial }) => trial);
  if (trials.includes('booted here')) return 'booted here';
  return trials[0] ?? null;
}

function booted(version: string, test: string, features: readonly string[]): TriedRow[] {
  return features.map((feature) => ({
    distribution: 'Debian',
    version,
    feature,
    trial: 'booted here',
    test,
  }));
}

/** What `npm run test:machines` boots, in its profiles (lab/vm/profiles.ts). */
function onMachine(version: string, features: readonly string[]): TriedRow[] {
  return booted(version, 'test/machines/runProfile.ts', features);
}

function onLayout(distribution: Distribution, version: string, feature: string, name: string): TriedRow {
  return { distribution, version, feature, trial: 'tested on layouts', test: layout(name) };
}

function layout(name: string): string {
  return `src/relay/image/layouts/${name}.test.ts`;
}
