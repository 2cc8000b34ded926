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
  return [
    '# Written by fleetlift. The distribution’s own tool may write it anew (update-grub, grub2-mkconfig).',
    'if serial --unit=0 --speed=115200; then',
    '  terminal_input console serial',
    '  terminal_output console serial',
    'fi',
    'set default=0',
    'set timeout=1',
    ...entryLines(cfg),
    '',
  ].join('\n');
}

/** Beside grub.cfg where the server has boot entries; {@link formatFirstCfg}. */
export const FIRST_CFG = 'fleetlift.cfg';

/**
 * The text of what our core image reads before a grub.cfg that `grub2-mkconfig` of the RHEL family may have written: that
 * calls `blscfg`, a command of its own GRUB alone. Here a function of that name is found, with the entry of the migrated
 * kernel; and no modules, which are that GRUB's, below the prefix.
 *
 * @param folder GRUB's folder, from the root of its filesystem
 */
export function formatFirstCfg(cfg: GrubCfg, folder: string): string {
  return [
    '# Written by fleetlift for its own GRUB, which reads it first; grub2-install puts the distribution’s in its place.',
    'function blscfg {',
    ...entryLines(cfg).map((line) => `  ${line}`),
    '}',
    `set prefix=($root)${quote(`${folder}/fleetlift`)}`,
    `configfile ($root)${quote(`${folder}/grub.cfg`)}`,
    '',
  ].join('\n');
}

function entryLines(cfg: GrubCfg): string[] {
  const initrd = cfg.initrd === null ? [] : [`  initrd ${quote(cfg.initrd)}`];
  return [
    `menuentry ${quote(cfg.title)} {`,
    `  search --no-floppy --fs-uuid --set=root ${quote(cfg.bootUuid)}`,
    `  linux ${[cfg.kernel, ...cfg.parameters.map(unquoted)].map(quote).join(' ')}`,
    ...initrd,
    '}',
  ];
}

/** GRUB quotes what has spaces for the kernel, and would hand over quotes of ours as a part of the value. */
function unquoted(word: string): string {
  return word.replaceAll('"', '');
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
