export interface GrubCfg {
  readonly title: string;
  /** UUID of the filesystem that holds kernel and initramfs. */
  readonly bootUuid: string;
  /** Paths from that filesystem's root. */
  readonly kernel: string;
  readonly initrd: string | null;
  readonly parameters: readonly string[];
}

/** The text of a grub.cfg with one entry, which uses nothing but what is built into our core image. */
export function formatGrubCfg(cfg: GrubCfg): string {
  const initrd = cfg.initrd === null ? [] : [`  initrd ${quote(cfg.initrd)}`];
  return [
    '# Written by fleetlift. The distribution’s own tool may write it anew (update-grub, grub2-mkconfig).',
    'if serial --unit=0 --speed=115200; then',
    '  terminal_input console serial',
    '  terminal_output console serial',
    'fi',
    'set default=0',
    'set timeout=1',
    `menuentry ${quote(cfg.title)} {`,
    `  search --no-floppy --fs-uuid --set=root ${quote(cfg.bootUuid)}`,
    `  linux ${[cfg.kernel, ...cfg.parameters].map(quote).join(' ')}`,
    ...initrd,
    '}',
    '',
  ].join('\n');
}

/**
 * The text of a grub.cfg beside a distribution's own GRUB, which does nothing but find ours. A signed GRUB loads no
 * modules, and older ones of the RHEL family may have `linuxefi` alone built in: there the function is found that is
 * named `linux`, which counts only where no command is.
 */
export function formatStub(uuid: string, folder: string): string {
  return [
    '# Written by fleetlift: what it names is the boot menu of this server.',
    'function linux {',
    '  linuxefi "$@"',
    '}',
    'function initrd {',
    '  initrdefi "$@"',
    '}',
    `search --no-floppy --fs-uuid --set=root ${quote(uuid)}`,
    `set prefix=($root)${quote(folder)}`,
    'configfile $prefix/grub.cfg',
    '',
  ].join('\n');
}

/** Quoted where GRUB's script language would read a word otherwise. */
function quote(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replace(/[\r\n]/g, ' ').replace(/'/g, "'\\''")}'`;
}
