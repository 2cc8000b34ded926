import type { KernelFacts, TargetPlatform } from '../../model/facts.js';
import { linesOf, type Evidence } from './evidence.js';
import { initramfsWaits } from './initramfs.js';
import { byDeviceName } from './naturalOrder.js';
import { capped } from './values.js';

const MAX_KERNELS = 100;
/** An image is to boot on disks of either kind, whichever the target gives it. */
const DISK_MODULES = ['virtio_blk', 'virtio_scsi'];
/** Hyper-V and Azure; VMware's own controller, and the LSI Logic that it gives by default. */
const PLATFORM_MODULES: Readonly<Record<TargetPlatform, readonly string[]>> = {
  hyperv: ['hv_storvsc'],
  vmware: ['vmw_pvscsi', 'mptspi'],
};
const SNAPSHOT_MODULE = 'dm-snapshot';

/** The kernels in `/boot`, the newest last. */
export function readKernels(evidence: Evidence): readonly KernelFacts[] {
  const files = new Set(linesOf(evidence.output('boot')));
  const releases = [...files]
    .flatMap((file) => /^vmlinuz-([A-Za-z0-9._+~-]{1,128})$/.exec(file)?.[1] ?? [])
    .sort(byDeviceName);
  const modules = modulesByRelease(evidence);
  return capped(releases, MAX_KERNELS, 'kernels').map((release) => {
    const initrd = initrdNames(release).find((name) => files.has(name));
    const found: Modules = {
      inInitrd: evidence.output(`initrd ${release}`),
      hasInitrd: initrd !== undefined,
      builtIn: new Set([...(modules.builtIn.get(release) ?? []), ...builtInByConfig(evidence, release)]),
      onDisk: modules.onDisk.get(release) ?? new Set(),
    };
    const virtio = hasVirtio(found);
    const lacking = lacksDriversOf(found);
    const waitsFor = initramfsWaits(found.inInitrd ?? '');
    return {
      release,
      image: `/boot/vmlinuz-${release}`,
      initrd: initrd === undefined ? null : `/boot/${initrd}`,
      virtio,
      ...(virtio === false ? { virtioModules: isEnough(new Set([...found.builtIn, ...found.onDisk])) } : {}),
      ...(waitsFor.length > 0 ? { waitsFor } : {}),
      ...(lacking.length > 0 ? { lacksDriversOf: lacking } : {}),
      ...(earlyModules(found).has(SNAPSHOT_MODULE) ? { activatesSnapshots: true } : {}),
    };
  });
}

/** As Debian, dracut and SUSE name an initramfs. */
function initrdNames(release: string): string[] {
  return [`initrd.img-${release}`, `initramfs-${release}.img`, `initrd-${release}`];
}

interface Modules {
  /** Names of modules, and lines of the listing; null: there is no listing. */
  readonly inInitrd: string | null;
  readonly hasInitrd: boolean;
  readonly builtIn: ReadonlySet<string>;
  readonly onDisk: ReadonlySet<string>;
}

/** What the kernel has before the root filesystem is there. */
function earlyModules({ inInitrd, builtIn }: Modules): ReadonlySet<string> {
  return new Set([...builtIn, ...linesOf(inInitrd)]);
}

/**
 * Disk and bus are needed before the root filesystem is there; the network's driver may lie on it. A driver that the kernel
 * was built without is not missed, beside another one.
 */
function hasVirtio(modules: Modules): boolean | null {
  const { inInitrd, hasInitrd, onDisk } = modules;
  const early = earlyModules(modules);
  const hasDisks =
    DISK_MODULES.some((module) => early.has(module)) &&
    DISK_MODULES.every((module) => early.has(module) || !onDisk.has(module));
  if (hasDisks && early.has('virtio_pci')) return early.has('virtio_net') || onDisk.has('virtio_net');
  return hasInitrd && inInitrd === null ? null : false;
}

function lacksDriversOf(modules: Modules): TargetPlatform[] {
  if (modules.hasInitrd && modules.inInitrd === null) return [];
  const early = earlyModules(modules);
  const platforms = Object.keys(PLATFORM_MODULES) as TargetPlatform[];
  return platforms.filter((platform) =>
    PLATFORM_MODULES[platform].some((module) => modules.onDisk.has(module) && !early.has(module)),
  );
}

function isEnough(modules: ReadonlySet<string>): boolean {
  return (
    DISK_MODULES.some((module) => modules.has(module)) &&
    modules.has('virtio_pci') &&
    modules.has('virtio_net')
  );
}

function builtInByConfig(evidence: Evidence, release: string): string[] {
  const prefix = `/boot/config-${release}:CONFIG_`;
  const names: Record<string, string> = {
    VIRTIO_BLK: 'virtio_blk',
    SCSI_VIRTIO: 'virtio_scsi',
    VIRTIO_PCI: 'virtio_pci',
    VIRTIO_NET: 'virtio_net',
  };
  return linesOf(evidence.output('kernel-config'))
    .filter((line) => line.startsWith(prefix) && line.endsWith('=y'))
    .flatMap((line) => names[line.slice(prefix.length, -2)] ?? []);
}

/** Lines `RELEASE MODULE`; a module after `=` is part of the kernel. */
function modulesByRelease(evidence: Evidence) {
  const builtIn = new Map<string, Set<string>>();
  const onDisk = new Map<string, Set<string>>();
  for (const line of linesOf(evidence.output('kernel-modules'))) {
    const [release = '', module = ''] = line.split(' ');
    const target = module.startsWith('=') ? builtIn : onDisk;
    target.set(release, (target.get(release) ?? new Set()).add(module.replace(/^=/, '')));
  }
  return { builtIn, onDisk };
}
