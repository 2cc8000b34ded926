import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentBlock as block } from '../testing/layout.js';
import { imageRequest, type TemporaryTree } from '../testing/temporaryTree.js';
import { treeAfterRules } from '../testing/treeAfterRules.js';
import { rewriteGrubenv } from './grubenv.js';

let made: TemporaryTree;

const OLD_DEVICES =
  'root=/dev/mapper/rhel-root ro resume=/dev/mapper/rhel-swap rd.lvm.lv=rhel/root rd.lvm.lv=rhel/swap ' +
  'rd.md.uuid=12345678:9abcdef0:12345678:9abcdef0 rd.luks.uuid=luks-2d9b4a52';
const ROOT = 'root=UUID=00000000-0000-4000-8000-000000000000 ro';
const CONSOLES = 'console=tty0 console=ttyS0,115200';

/** An entry as RHEL has it, with these lines of options. */
function entry(...options: string[]): string {
  return [
    'title Red Hat Enterprise Linux (5.14.0-70.el9.x86_64) 9.0 (Plow)',
    'version 5.14.0-70.el9.x86_64',
    'linux /vmlinuz-5.14.0-70.el9.x86_64',
    'initrd /initramfs-5.14.0-70.el9.x86_64.img $tuned_initrd',
    ...options.map((line) => `options ${line}`),
    'grub_users $grub_users',
    'grub_arg --unrestricted',
    'grub_class rhel',
    '',
  ].join('\n');
}

async function rewritten(path: string, text: string): Promise<string | null> {
  made = await treeAfterRules({ [path]: text });
  return made.editor.readText(`/${path}`);
}

test.each([
  [
    'RHEL 9: all parameters in the entry',
    [`${OLD_DEVICES} crashkernel=1G-4G:192M rhgb quiet $tuned_params`],
    `${ROOT} crashkernel=1G-4G:192M rhgb quiet $tuned_params ${CONSOLES}`,
  ],
  ['RHEL 8: parameters and root in grubenv', ['$kernelopts $tuned_params'], '$kernelopts $tuned_params'],
  [
    'several lines, the same parameter twice, a value with blanks',
    [OLD_DEVICES, 'hugepagesz=1G hugepages=4 hugepagesz=2M hugepages=4', 'dyndbg="file a.c +p"'],
    `${ROOT} hugepagesz=1G hugepages=4 hugepagesz=2M hugepages=4 dyndbg="file a.c +p" ${CONSOLES}`,
  ],
])('%s', async (_, options, expected) => {
  expect(await rewritten('boot/loader/entries/abc-5.14.0.conf', entry(...options))).toBe(entry(expected));
});

test('what is no entry stays; the former entry is kept', async () => {
  made = await treeAfterRules({
    'boot/loader/entries/abc-5.14.0.conf': entry(OLD_DEVICES),
    'boot/loader/entries/notes.txt': entry(OLD_DEVICES),
    'boot/loader/entries/uki.conf': 'title x\nefi /EFI/Linux/x.efi\n',
  });
  expect(await made.editor.readText('/boot/loader/entries/notes.txt')).toBe(entry(OLD_DEVICES));
  expect(await made.editor.readText('/boot/loader/entries/uki.conf')).toBe('title x\nefi /EFI/Linux/x.efi\n');
  expect(await readdir(join(made.root, 'etc/fleetlift/saved/boot/loader/entries'))).toEqual([
    'abc-5.14.0.conf',
  ]);
});

test('the parameters of kernels that come later', async () => {
  expect(await rewritten('etc/kernel/cmdline', `${OLD_DEVICES} quiet\n`)).toBe(`${ROOT} quiet ${CONSOLES}\n`);
});

test('grubenv keeps its size and its other variables', async () => {
  const saved = 'saved_entry=abc-4.18.0-80.el8.x86_64';
  const text = block(saved, `kernelopts=${OLD_DEVICES} crashkernel=auto `, 'boot_success=0');
  expect(await rewritten('boot/grub2/grubenv', text)).toBe(
    block(saved, `kernelopts=${ROOT} crashkernel=auto ${CONSOLES}`, 'boot_success=0'),
  );
});

test('parameters that would not fit grubenv are left out of it, and a file that is no such block stays', () => {
  const text = block('a=1', 'kernelopts=quiet', 'b=2');
  expect(rewriteGrubenv(text, () => 'x'.repeat(1000))).toBe(block('a=1', 'b=2'));
  expect(rewriteGrubenv(`${text}#`, () => 'x')).toBe(`${text}#`);
  expect(rewriteGrubenv(block('a=1'), () => 'x')).toBe(block('a=1'));
});

test('grubenv: a backslash takes the meaning from what follows, as in GRUB', () => {
  const given: string[] = [];
  const text = block('kernelopts=a\\\\b\\\nc');
  const changed = rewriteGrubenv(text, (line) => {
    given.push(line);
    return 'd\\e\nf';
  });
  expect(given).toEqual(['a\\b\nc']);
  expect(changed).toBe(block('kernelopts=d\\\\e\\\nf'));
});

test('a grubenv that lay in the EFI partition is not made up', async () => {
  made = await treeAfterRules({ 'boot/grub2/grub.cfg': '' }, imageRequest(), {
    'boot/grub2/grubenv': '../efi/EFI/redhat/grubenv',
  });
  expect(await made.editor.isFolder('/boot/efi')).toBe(false);
  expect(await readFile(join(made.root, 'boot/grub2/grub.cfg'), 'utf8')).toContain('menuentry');
});
