/** Words of a kernel's command line; a value may hold spaces between double quotes. */
export function splitCommandLine(commandLine: string): string[] {
  return commandLine.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
}

/**
 * What names devices of the old machine, its place in a network, or is set by the boot loader itself. `panic=-1` is that of
 * Ubuntu's images for clouds, whose menu is to see that its boot without an initramfs failed; in ours a failed boot would go
 * on for ever. `ro` and `rw` are set by us. An initramfs that is told of a network (`ip=`, `rd.neednet`) waits for it.
 */
const OF_OLD_MACHINE = new RegExp(
  [
    'BOOT_IMAGE|initrd|root|ro|rw|panic=-1|resume|resume_offset|lvm|md|raid|cryptdevice|mount\\.usr',
    'rd\\.(lvm|md|luks|dm|neednet|route|znet|iscsi|nvmf|fcoe)(\\..*)?',
    'ip|ifname|BOOTIF|bootdev|netroot|nfsroot|-{2,3}',
  ]
    .map((names) => `^(${names})(=|$)`)
    .join('|'),
);

/** Those words of a command line that mean the same on any machine. */
export function withoutOldMachine(words: readonly string[]): string[] {
  return words.filter((word) => word !== '' && !OF_OLD_MACHINE.test(word));
}
