import { TRIED, UNSUPPORTED } from './support.js';

/** docs/support.md: what was tried and how far, out of the one table. */
export function renderSupport(): string {
  return [
    '# What was tried',
    '',
    'Written by `node scripts/docs.mjs` out of `src/support/support.ts`: change it there.',
    '',
    ...INTRODUCTION,
    '',
    ...table(
      ['distribution', 'version', 'what', 'how far', 'shown by'],
      TRIED.map(({ distribution, version, feature, trial, test }) => [
        distribution,
        version,
        feature,
        trial,
        `\`${test}\``,
      ]),
    ),
    '',
    ...OTHERS,
    '',
    '## Not supported',
    '',
    ...table(
      ['what', 'a drill says', 'instead'],
      UNSUPPORTED.map(({ feature, told, instead }) => [
        feature,
        told === null ? 'nothing' : `[\`${told}\`](errors.md)`,
        instead,
      ]),
    ),
    '',
  ].join('\n');
}

const INTRODUCTION = [
  '- **booted here**: real servers of the lab with it are migrated by the named test, and their images booted by BIOS and',
  '  UEFI, logged in to and checked.',
  '- **tested on layouts**: facts, plan and every rule of the image step went over the files of such a server, as its maker',
  '  documents them. No image of one has been booted here: the boot that belongs to each migration is the first. A drill',
  '  tells it as `I-OS-LAYOUTS`.',
];

const OTHERS = [
  'What does not stand here was not tried; a drill tells that of a distribution as `W-OS-UNTRIED`. It may well work: nothing',
  'is refused for its name. Migrate one such server first, with `verify.boot`.',
  '',
  'The boot menu of an image is our own, with one entry, read by our own GRUB. `update-grub` of Debian and Ubuntu writes it',
  'anew for that GRUB when a kernel is updated. RHEL 8 and 9 make boot entries for later kernels that our menu does not read:',
  'the kernel that was migrated goes on booting, as it does after a rollback by snapper and after their `grub2-mkconfig`. What',
  'SUSE’s writes, at every update of a kernel, is for its own GRUB: run its `grub2-install` in the image before, as on RHEL to',
  'boot later kernels. That was not tried.',
];

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
