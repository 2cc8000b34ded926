import { expect, test } from 'vitest';
import { defaultGrubParameters, rewriteGrubSettings } from '../rules/defaultGrub.js';
import { earlyConfig } from './coreModules.js';
import { formatGrubCfg, formatStub } from './grubCfg.js';
import { imageParameters, withConsoles } from './parameters.js';
import { parseAssignments, quoteValue } from './shellWords.js';

const settings = (...texts: string[]) => texts.map((text, at) => ({ path: `/${String(at)}.cfg`, text }));
const rewritten = (...texts: string[]) =>
  rewriteGrubSettings(settings(...texts), 'root=UUID=new').map(({ text }) => text);

test.each([
  ['A=plain', 'plain'],
  ['A="two words"', 'two words'],
  ["A='single $kept'", 'single $kept'],
  ['A="esc\\"aped \\x"', 'esc"aped \\x'],
  ['A=part"ed"\' up\'', 'parted up'],
  ['A="over\nlines"', 'over\nlines'],
  ['A="joined \\\nline"', 'joined line'],
  ['  export A=1 # why', '1'],
])('%j is read', (text, value) => {
  expect(parseAssignments(text).map((found) => found.value)).toEqual([value]);
});

test.each([
  'A=$(reboot)',
  'A=`reboot`',
  'A="$B"',
  'A=x;reboot',
  'A=x reboot',
  'A="open',
  'A+=x',
  'if A=1; then',
])('%j needs a shell and is left out', (text) => {
  expect(parseAssignments(text)).toEqual([]);
});

test('what a core image starts with has one command a line, since no shell words are known there', () => {
  const lines = earlyConfig('0b5e', '/boot/grub').trimEnd().split('\n');
  expect(lines.filter((line) => /;|^\s|^(if|then|else|fi|for|while)\b/.test(line))).toEqual([]);
  expect(lines.slice(-2)).toEqual(['search.fs_uuid 0b5e root', 'set prefix=($root)/boot/grub']);
  expect(earlyConfig('0b5e', '/grub2', 'x.cfg')).toMatch(
    /\nset prefix=\(\$root\)\/grub2\nnormal \$prefix\/x\.cfg\n$/,
  );
});

test('a distribution’s own GRUB is led to our settings by the UUID of their filesystem', () => {
  const lines = formatStub('0b5e', "/@/boot/it's").split('\n');
  expect(lines.slice(1, 4)).toEqual(['function linux {', '  linuxefi "$@"', '}']);
  expect(lines.slice(-4)).toEqual([
    'search --no-floppy --fs-uuid --set=root 0b5e',
    "set prefix=($root)'/@/boot/it'\\''s'",
    'configfile $prefix/grub.cfg',
    '',
  ]);
});

test('a quoted value reads back', () => {
  const value = 'a "b" $c `d` \\e';
  expect(parseAssignments(`A=${quoteValue(value)}`).map((found) => found.value)).toEqual([value]);
});

test('the last assignment counts, as in a shell', () => {
  expect(
    defaultGrubParameters(
      settings('GRUB_CMDLINE_LINUX=a\nGRUB_CMDLINE_LINUX="b c"\nGRUB_CMDLINE_LINUX_DEFAULT=q'),
    ),
  ).toEqual(['b', 'c', 'q']);
  expect(
    defaultGrubParameters(settings('GRUB_CMDLINE_LINUX_DEFAULT=q', 'GRUB_CMDLINE_LINUX_DEFAULT="r s"')),
  ).toEqual(['r', 's']);
});

test('other lines of /etc/default/grub stay; without a line for parameters one is added', () => {
  const text =
    '# mine\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=`lsb_release -i -s`\nGRUB_CMDLINE_LINUX_DEFAULT="quiet rd.lvm.lv=vg/root"\n';
  const whole =
    '# mine\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=`lsb_release -i -s`\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"\n';
  expect(rewritten(text)).toEqual([whole]);
  expect(rewritten(whole)).toEqual([whole]);
});

test('what the image needs besides stands where no later file overrules it', () => {
  const first = 'GRUB_CMDLINE_LINUX="quiet resume=/dev/sda2"\n';
  const appended = 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX crashkernel=256M"\n';
  expect(rewritten(first, 'GRUB_CMDLINE_LINUX="isolcpus=1 root=/dev/sda1"\n', 'GRUB_TIMEOUT=0\n')).toEqual([
    'GRUB_CMDLINE_LINUX="quiet"\n',
    'GRUB_CMDLINE_LINUX="isolcpus=1 console=tty0 console=ttyS0,115200"\n',
    'GRUB_TIMEOUT=0\n',
  ]);
  expect(rewritten(first, appended)).toEqual([
    'GRUB_CMDLINE_LINUX="quiet console=tty0 console=ttyS0,115200"\n',
    appended,
  ]);
});

test('settings that have to name the root, since SUSE’s grub-mkconfig is not to, name that of the image', () => {
  const parameters =
    'GRUB_CMDLINE_LINUX="root=LABEL=ROOT rootflags=x"\nGRUB_CMDLINE_LINUX_DEFAULT="root=/dev/sda3 console=tty0 console=ttyS0"\n';
  const inImage = (named: string) =>
    `GRUB_CMDLINE_LINUX="${named}rootflags=x"\nGRUB_CMDLINE_LINUX_DEFAULT="${named}console=tty0 console=ttyS0"\n`;
  const without = 'SUSE_REMOVE_LINUX_ROOT_PARAM="true"\n';
  expect(rewritten(parameters + without)).toEqual([inImage('root=UUID=new ') + without]);
  for (const line of ['SUSE_REMOVE_LINUX_ROOT_PARAM="false"\n', `#${without}`, ''])
    expect(rewritten(parameters + line)).toEqual([inImage('') + line]);
});

test('what named old devices is dropped, the rest is kept once', () => {
  const running =
    'BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro resume=UUID=1 crashkernel=256M rd.md.uuid=2 rd.luks=0 isolcpus=1'.split(
      ' ',
    );
  expect(imageParameters(running, ['isolcpus=1', 'rootdelay=5'])).toEqual([
    ...['crashkernel=256M', 'isolcpus=1', 'rootdelay=5', 'console=tty0', 'console=ttyS0,115200'],
  ]);
});

test('panic=-1 alone is dropped from what is kept, whoever set it', () => {
  expect(imageParameters(['panic=-1', 'panic=-10'], ['panic=-1', 'panic=30'])).toEqual([
    ...['panic=-10', 'panic=30', 'console=tty0', 'console=ttyS0,115200'],
  ]);
});

test('a console of the server keeps its speed and its place', () => {
  expect(withConsoles(['console=ttyS0,9600n8', 'quiet'])).toEqual([
    'console=tty0',
    'console=ttyS0,9600n8',
    'quiet',
  ]);
  expect(withConsoles(['console=tty0'])).toEqual(['console=tty0', 'console=ttyS0,115200']);
  expect(withConsoles(['console=ttyS1'])).toEqual(['console=tty0', 'console=ttyS1', 'console=ttyS0,115200']);
});

test('nothing of the server becomes a command of GRUB', () => {
  const text = formatGrubCfg({
    title: "x' { reboot }\n",
    bootUuid: 'u',
    kernel: '/vmlinuz',
    initrd: null,
    parameters: ['a;reboot', '$(b)', "it's"],
  });
  expect(text).toContain("menuentry 'x'\\'' { reboot } ' {\n");
  expect(text).toContain("  linux /vmlinuz 'a;reboot' '$(b)' 'it'\\''s'\n");
});
