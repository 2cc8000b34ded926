import type { ErrorCode } from '../errors/catalogue.js';
import type { KernelFacts, SourceFacts } from '../model/facts.js';
import type { ImageFormat } from '../model/fleet.js';
import { bootKernel, newestKernel } from '../plan/bootKernel.js';
import { BUILD_BYTES, canBuild, lackOf, type InitramfsLack } from '../plan/initramfsLack.js';
import { initramfsReason } from '../plan/initramfsReason.js';
import { vendorLoader } from '../plan/vendorLoader.js';
import { trialOf } from '../support/support.js';
import { installCommand } from './packages.js';
import type { Check, Found } from './types.js';

/** What decides whether the image boots. */
export const BOOT_CHECKS: readonly Check[] = [
  {
    id: 'distribution',
    what: 'a distribution whose images were booted',
    run: ({ os }) => {
      const trial = trialOf(os);
      if (trial === 'booted here') return null;
      if (trial === null)
        return { code: 'W-OS-UNTRIED', message: `${os.prettyName} was never migrated in our tests` };
      return {
        code: 'I-OS-LAYOUTS',
        message: `${os.prettyName} was tested on the layout of its files, no image of it was booted in our tests`,
      };
    },
  },
  {
    id: 'kernel',
    what: 'a kernel in /boot',
    run: ({ boot }) =>
      boot.kernels.length === 0 ? { code: 'E-KERNEL-MISSING', message: 'there is no kernel in /boot' } : null,
  },
  {
    id: 'running-kernel',
    what: 'the running kernel is the one that will boot',
    run: ({ boot }) => {
      if (boot.kernels.length === 0 || boot.kernels.some(({ release }) => release === boot.runningKernel))
        return null;
      return {
        code: 'W-KERNEL-CHANGED',
        message: `the running kernel ${boot.runningKernel} is not in /boot: the newest there will boot`,
      };
    },
  },
  lackCheck('virtio', 'virtio drivers in kernel or initramfs', 'virtio', 'E-VIRTIO-MISSING'),
  lackCheck(
    'awaited-volumes',
    'an initramfs that waits for no volume of this machine',
    'layers',
    'E-INITRAMFS',
  ),
  lackCheck(
    'platform-drivers',
    'drivers of the platform that the image’s format is mostly for',
    'platform',
    'W-PLATFORM-DRIVERS',
  ),
  {
    id: 'newer-kernel',
    what: 'a newer kernel that has not booted yet',
    run: (facts, { server: { image } }) => {
      const newest = newestKernel(facts);
      if (newest === null || newest.release === bootKernel(facts)?.release) return null;
      const reason = initramfsReason(newest, facts, image.format);
      if (reason === null) return null;
      return {
        code: 'W-KERNEL-NEWER',
        message: `${newest.release} is newer than the kernel that runs and boots in the image, and its initramfs ${reason}: the image’s next update-grub would boot it`,
        remedy: `reboot the source into it and drill again, or in the image, before update-grub: ${rebuildCommand(facts, newest)}`,
      };
    },
  },
  {
    id: 'grub',
    what: 'GRUB 2 (version 1.9x or newer)',
    run: ({ boot }) => {
      if (boot.grub === 'grub-legacy')
        return { code: 'E-GRUB-OLD', message: 'the boot loader is GRUB legacy' };
      if (boot.grub !== null) return null;
      return {
        code: 'W-GRUB-MISSING',
        message: 'no GRUB is installed: a later kernel update in the image has no update-grub',
      };
    },
  },
  {
    id: 'secure-boot',
    what: 'Secure Boot',
    run: ({ boot, os }) =>
      boot.secureBoot && vendorLoader(boot.espPrograms ?? [], os) === null
        ? {
            code: 'W-FIRMWARE',
            message:
              'the server boots with Secure Boot, and no shim with its GRUB was seen; the image’s loader is unsigned',
          }
        : null,
  },
  {
    id: 'firmware',
    what: 'firmware',
    run: ({ boot, os }) => {
      const vendor = boot.firmware === 'uefi' ? vendorLoader(boot.espPrograms ?? [], os) : null;
      const loader =
        vendor === null ? '' : `, there by shim and GRUB of ${vendor.folder} where they are signed`;
      return {
        code: 'I-FIRMWARE',
        message: `the server boots by ${boot.firmware.toUpperCase()}; its image boots by BIOS and UEFI${loader}`,
      };
    },
  },
  {
    id: 'selinux',
    what: 'SELinux',
    run: ({ selinux }) =>
      selinux === 'disabled'
        ? null
        : { code: 'I-SELINUX', message: `SELinux is ${selinux}: labels are carried over` },
  },
];

/** Looks for one lack of the initramfs that boots; the code where the agent can build no other. */
function lackCheck(id: string, what: string, lack: InitramfsLack, code: ErrorCode): Check {
  return {
    id,
    what,
    run: (facts, { server: { image } }) => {
      const kernel = bootKernel(facts);
      if (kernel === null || lackOf(kernel, facts, image.format) !== lack) return null;
      if (lack !== 'virtio' || kernel.virtioModules === true) {
        return judgeBuild(facts, kernel, image.format, code);
      }
      return {
        code,
        message: `the initramfs of ${kernel.release} lacks virtio drivers, and the kernel has none to put into it`,
        remedy: 'install a kernel with virtio drivers (the distribution’s own), and reboot into it',
      };
    },
  };
}

/** Whether the agent can build the initramfs that the image needs; the code where it cannot. */
function judgeBuild(facts: SourceFacts, kernel: KernelFacts, format: ImageFormat, code: ErrorCode): Found {
  const { tools, os, agentFreeBytes } = facts;
  const lack = `the initramfs of ${kernel.release} ${initramfsReason(kernel, facts, format) ?? ''}`;
  if (canBuild(facts)) {
    return {
      code: 'W-INITRAMFS-BUILT',
      message: `${lack}: ${tools.initramfs ?? ''} builds another in the agent’s folder, for the image alone; /boot of the server stays as it is`,
    };
  }
  if (tools.initramfs === null) {
    return {
      code,
      message: `${lack}, and nothing is installed to build another with`,
      remedy: installCommand(os, { debian: 'initramfs-tools', rhel: 'dracut', suse: 'dracut' }),
    };
  }
  return {
    code,
    message: `${lack}, and only ${mib(agentFreeBytes)} are free in /var/lib to build another`,
    remedy: `free ${mib(BUILD_BYTES)} in /var/lib`,
  };
}

function rebuildCommand({ tools }: SourceFacts, { release, initrd }: KernelFacts): string {
  return tools.initramfs === 'dracut'
    ? `dracut --force ${initrd ?? `/boot/initramfs-${release}.img`} ${release}`
    : `update-initramfs -u -k ${release}`;
}

function mib(bytes: number): string {
  return `${String(Math.floor(bytes / 2 ** 20))} MiB`;
}
