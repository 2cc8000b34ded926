import type { Check } from './types.js';

/** What decides whether the image boots. */
export const BOOT_CHECKS: readonly Check[] = [
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
  {
    id: 'virtio',
    what: 'virtio drivers in kernel or initramfs',
    run: ({ boot }) => {
      const candidates = boot.kernels.filter(({ release }) => release === boot.runningKernel);
      const considered = candidates.length > 0 ? candidates : boot.kernels;
      if (considered.length === 0 || considered.some(({ virtio }) => virtio !== false)) return null;
      return {
        code: 'E-VIRTIO-MISSING',
        message: `neither kernel nor initramfs of ${considered.map(({ release }) => release).join(', ')} has virtio drivers`,
        remedy:
          'put MODULES=most into /etc/initramfs-tools/initramfs.conf and run update-initramfs -u (Debian, Ubuntu), or: dracut --force --no-hostonly',
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
    run: ({ boot }) =>
      boot.secureBoot
        ? { code: 'W-FIRMWARE', message: 'the server boots with Secure Boot; the image’s loader is unsigned' }
        : null,
  },
  {
    id: 'firmware',
    what: 'firmware',
    run: ({ boot }) => ({
      code: 'I-FIRMWARE',
      message: `the server boots by ${boot.firmware.toUpperCase()}; its image boots by BIOS and UEFI`,
    }),
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
