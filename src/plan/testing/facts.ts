import type { FilesystemFacts, SourceFacts, SwapFacts } from '../../model/facts.js';
import type { Server } from '../../model/fleet.js';
import { BTRFS, EXT4, XFS } from '../../relay/testing/plans.js';
import { GIB } from '../sizes.js';

/** A Debian server with one ext4 system disk; tests change what they are about. */
export function facts(changes: Partial<SourceFacts> = {}): SourceFacts {
  return {
    protocol: 1,
    identity: { hostname: 'web1', machineId: 'a'.repeat(32), hardwareAddresses: ['52:54:00:00:00:01'] },
    os: { id: 'debian', idLike: [], versionId: '12', prettyName: 'Debian GNU/Linux 12' },
    architecture: 'x86_64',
    memoryBytes: GIB,
    boot: {
      firmware: 'bios',
      secureBoot: false,
      commandLine: 'BOOT_IMAGE=/boot/vmlinuz-6.1.0-18-amd64 root=UUID=root-uuid ro quiet',
      grub: '2.06',
      runningKernel: '6.1.0-18-amd64',
      kernels: [kernel('6.1.0-18-amd64')],
    },
    clockSkewMs: 0,
    timezone: 'Etc/UTC',
    disks: [{ id: 'system', device: '/dev/vda', sizeBytes: 20 * GIB, table: 'gpt' }],
    filesystems: [root()],
    swaps: [],
    unmounted: [],
    skippedMounts: [],
    fstab: 'UUID=root-uuid / ext4 errors=remount-ro 0 1\n',
    tools: { rsync: null, ssh: null, unshare: true, setsid: true, initramfs: 'initramfs-tools' },
    services: { active: [], failed: [], systemState: 'running' },
    network: { interfaces: [], listeningTcpPorts: [], managers: ['ifupdown'] },
    selinux: 'disabled',
    cloudInit: true,
    agentFreeBytes: GIB,
    root: true,
    ...changes,
  };
}

export function kernel(release: string, virtio: boolean | null = true) {
  return {
    release,
    image: `/boot/vmlinuz-${release}`,
    initrd: `/boot/initrd.img-${release}`,
    virtio,
    activatesSnapshots: true as const,
  };
}

/** The root filesystem; `changes` make another of it. */
export function root(changes: Partial<FilesystemFacts> = {}): FilesystemFacts {
  return {
    id: 'fs0',
    disk: 'system',
    device: '/dev/vda1',
    layers: [],
    type: 'ext4',
    uuid: 'root-uuid',
    label: '',
    sizeBytes: 10 * GIB,
    usedBytes: 2 * GIB,
    usedInodes: 50_000,
    features: { ...EXT4, inodeCount: 655_360 },
    mounts: [{ mountpoint: '/', root: '/', options: ['rw', 'relatime'] }],
    ...changes,
  };
}

export function xfs(mountpoint: string, changes: Partial<FilesystemFacts> = {}): FilesystemFacts {
  const mounts = [{ mountpoint, root: '/', options: ['rw', 'noatime'] }];
  return root({
    id: `fs${mountpoint}`,
    uuid: `uuid${mountpoint}`,
    type: 'xfs',
    features: XFS,
    mounts,
    ...changes,
  });
}

export function btrfs(
  mounts: FilesystemFacts['mounts'],
  changes: Partial<FilesystemFacts> = {},
): FilesystemFacts {
  return root({ id: 'fs7', uuid: 'btrfs-uuid', type: 'btrfs', features: BTRFS, mounts, ...changes });
}

export function swap(changes: Partial<SwapFacts> = {}): SwapFacts {
  const partition = {
    kind: 'partition',
    path: '/dev/vda5',
    uuid: 'swap-uuid',
    label: 'swap',
    sizeBytes: GIB,
  } as const;
  return { ...partition, disk: 'system', ...changes };
}

export function server(
  changes: { image?: Partial<Server['image']>; excludes?: Record<string, string[]> } = {},
): Server {
  return {
    name: 'web1',
    host: '198.18.0.1',
    tags: [],
    ssh: {},
    sync: {
      mode: 'once',
      everyMs: 900_000,
      network: 'direct',
      rateMbps: null,
      compression: 'auto',
      excludes: changes.excludes ?? {},
      quiesce: [],
      afterCutover: 'leave-stopped',
      snapshot: 'auto',
      seed: 'auto',
    },
    image: { format: 'qcow2', name: null, disks: {}, ...changes.image },
    verify: { checksum: true, boot: ['bios'], commands: [], ports: [] },
    retry: { maximumAttempts: 5, initialIntervalMs: 10_000 },
    validDays: 30,
  };
}
