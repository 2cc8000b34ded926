import { expect, test } from 'vitest';
import type { TemporaryTree } from '../testing/temporaryTree.js';
import { treeAfterRules } from '../testing/treeAfterRules.js';

const FILE = 'var/cache/debconf/config.dat';
const question = (name: string, ...lines: string[]) => [`Name: ${name}`, `Template: ${name}`, ...lines, ''];
const text = (...questions: string[][]) => questions.map((lines) => `${lines.join('\n')}\n`).join('');
const before = question('debconf/priority', 'Value: high', 'Owners: debconf', 'Flags: seen');
const disks = (value: string) =>
  question(
    'grub-pc/install_devices',
    `Value: ${value}`,
    ...['Owners: grub-pc', 'Flags: seen', 'Variables:', ' CHOICES = /dev/sda (8589 MB; ???)'],
  );
const disksChanged = question('grub-pc/install_devices_disks_changed', 'Owners: grub-pc');
const OLD = '/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001, /dev/sdb';
const meant = (...lines: string[]) => question('grub-pc/install_devices_empty', ...lines);
const MEANT = meant('Value: true', 'Owners: grub-pc', 'Flags: seen');

let made: TemporaryTree;

test.each([
  ['said no', meant('Value: false', 'Owners: grub-pc'), MEANT],
  ['was not answered', meant('Owners: grub-pc'), MEANT],
  ['was never asked', [], MEANT],
  [
    'has flags and variables',
    meant('Owners: grub-pc', 'Flags: other', 'Variables:', ' Value: = Flags: none'),
    meant('Value: true', 'Owners: grub-pc', 'Flags: other, seen', 'Variables:', ' Value: = Flags: none'),
  ],
])(
  'debconf names no disk for grub-pc, and that is meant, where the question for it %s',
  async (_, known, after) => {
    const former = text(before, disks(OLD), ...(known.length > 0 ? [known] : []), disksChanged);
    made = await treeAfterRules({ [FILE]: former });
    expect(await made.editor.readText(`/${FILE}`)).toBe(text(before, disks(''), after, disksChanged));
    expect(await made.editor.readText(`/etc/fleetlift/saved/${FILE}`)).toBe(former);
    expect(made.editor.touched.get(`/${FILE}`)).toContain('grub-pc');
  },
);

test.each([
  ['where grub-pc was never installed', text(before, disksChanged)],
  ['where no disk is named and that is meant', text(before, disks(''), MEANT, disksChanged)],
])('debconf’s answers stay as they are %s', async (_, former) => {
  made = await treeAfterRules({ [FILE]: former });
  expect(await made.editor.readText(`/${FILE}`)).toBe(former);
  expect(made.editor.touched.has(`/${FILE}`)).toBe(false);
});
