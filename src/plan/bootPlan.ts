import { FleetliftError } from '../errors/FleetliftError.js';
import type { FilesystemFacts, SourceFacts } from '../model/facts.js';
import type { ImageFormat } from '../model/fleet.js';
import type { BootPlan } from '../model/plan.js';
import { bootKernel } from './bootKernel.js';
import { splitCommandLine, withoutOldMachine } from './commandLine.js';
import { buildsInitramfs } from './initramfsLack.js';
import { firstMount } from './migrated.js';
import { isDefaultRoot } from './subvolumes.js';

/**
 * What the image boots: the kernel that runs now, if it is still in `/boot`, else the newest there.
 *
 * @throws FleetliftError E-KERNEL-MISSING where `/boot` holds none
 */
export function planBoot(facts: SourceFacts, root: FilesystemFacts, format: ImageFormat): BootPlan {
  const kernel = bootKernel(facts);
  if (kernel === null) {
    throw new FleetliftError('E-KERNEL-MISSING', {
      message: `${facts.identity.hostname} has no kernel in /boot`,
    });
  }
  return {
    kernelRelease: kernel.release,
    kernel: kernel.image,
    initrd: kernel.initrd,
    buildInitramfs: buildsInitramfs(facts, format),
    parameters: [...keptParameters(facts, root), ...rootFlags(facts, root)],
  };
}

/**
 * The operator's parameters are kept: a tuned server that arrives without one is another server. What the running kernel
 * was given may stand in no file that the image step reads (boot entries, `$tuned_params`).
 */
function keptParameters(facts: SourceFacts, root: FilesystemFacts): string[] {
  const words = splitCommandLine(facts.boot.commandLine);
  if (!isOwnCommandLine(facts, root, words)) return [];
  return withoutOldMachine(words).flatMap((word) => {
    if (word.startsWith('rootflags=')) return [];
    return word.startsWith('boot=/dev/') ? bootByUuid(facts, word.slice('boot='.length)) : [word];
  });
}

/** With `fips=1` dracut's initramfs checks the kernel, and has to be told where a `/boot` of its own is. */
function bootByUuid({ filesystems }: SourceFacts, device: string): string[] {
  const boot =
    filesystems.find((one) => one.device === device) ??
    filesystems.find((one) => one.mounts.some(({ mountpoint }) => mountpoint === '/boot'));
  return boot === undefined ? [] : [`boot=UUID=${boot.uuid}`];
}

/** In a container the command line is its host's. A server's own names its root, or boots a kernel of its `/boot`. */
function isOwnCommandLine(facts: SourceFacts, root: FilesystemFacts, words: readonly string[]): boolean {
  if (facts.boot.kernels.some((one) => one.release === facts.boot.runningKernel)) return true;
  const named = words.find((word) => word.startsWith('root='))?.slice('root='.length);
  if (named === undefined) return false;
  return [root.device, `UUID=${root.uuid}`, ...(root.label === '' ? [] : [`LABEL=${root.label}`])].includes(
    named,
  );
}

/** Root's mount options that must be known before fstab is: the subvolume, and xfs quotas. */
function rootFlags(facts: SourceFacts, root: FilesystemFacts): string[] {
  const { root: mountRoot } = firstMount(root);
  const subvolume =
    root.features.family === 'btrfs' && !isDefaultRoot(root.features, mountRoot)
      ? [`subvol=${mountRoot.replace(/^\//, '') || '/'}`]
      : [];
  const own = splitCommandLine(facts.boot.commandLine).find((word) => word.startsWith('rootflags='));
  const quotas = (own?.slice('rootflags='.length).split(',') ?? []).filter((flag) =>
    /^(u|g|p|usr|grp|prj)(quota|qnoenforce)$|^(uquota|gquota|pquota)$|^prjquota$/.test(flag),
  );
  const flags = [...subvolume, ...(root.type === 'xfs' ? quotas : [])];
  return flags.length > 0 ? [`rootflags=${flags.join(',')}`] : [];
}
