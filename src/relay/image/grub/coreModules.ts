/**
 * Modules in both core images. More than our own grub.cfg uses: what update-grub of the migrated server writes later
 * runs on these too, and never needs a module of another GRUB version from its disk.
 */
export const CORE_MODULES: readonly string[] = [
  ...['part_gpt', 'part_msdos', 'ext2', 'xfs', 'btrfs', 'fat'],
  ...['search', 'search_fs_uuid', 'search_label', 'search_fs_file'],
  ...[
    'normal',
    'configfile',
    'linux',
    'gzio',
    'loadenv',
    'echo',
    'test',
    'true',
    'sleep',
    'keystatus',
    'regexp',
  ],
  ...['serial', 'terminal', 'all_video', 'gfxterm', 'font', 'minicmd', 'cat', 'ls', 'halt', 'reboot'],
];

/**
 * The commands a core image starts with: find the filesystem with GRUB's folder, whatever disk it is on, and tell on the
 * serial line too where it is not found. Each is by itself: GRUB's rescue parser, which runs them, knows no `if`.
 *
 * @param first - name of a file there that is read instead of grub.cfg; null: none
 */
export function earlyConfig(uuid: string, prefix: string, first: string | null = null): string {
  return [
    'serial --unit=0 --speed=115200',
    'terminal_input console serial',
    'terminal_output console serial',
    `search.fs_uuid ${uuid} root`,
    `set prefix=($root)${prefix}`,
    ...(first === null ? [] : [`normal $prefix/${first}`]),
    '',
  ].join('\n');
}
