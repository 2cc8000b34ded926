import { execa } from 'execa';
import { link, lstat, mkdir, readFile, readlink, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryTree, type TemporaryTree } from '../testing/temporaryTree.js';

let made: TemporaryTree;

async function tree(files: Record<string, string> = {}, mountpoints: string[] = []): Promise<TemporaryTree> {
  made = await temporaryTree(files, mountpoints);
  await writeFile(join(made.folder, 'outside'), 'untouched');
  return made;
}

async function outside(): Promise<string> {
  return readFile(join(made.folder, 'outside'), 'utf8');
}

test('absolute links and .. stay in the tree', async () => {
  const { root, editor, folder } = await tree({ 'etc/real/fstab': 'old' });
  await symlink('/etc/real/fstab', join(root, 'etc/fstab'));
  await symlink('../../../../etc/real', join(root, 'etc/up'));
  expect((await editor.resolve('/etc/fstab')).path).toBe('/etc/real/fstab');
  expect((await editor.resolve('/etc/up/fstab')).path).toBe('/etc/real/fstab');
  expect((await editor.resolve('/../..')).path).toBe('/');
  await editor.write('/etc/fstab', 'new');
  expect(await readFile(join(root, 'etc/real/fstab'), 'utf8')).toBe('new');
  expect(await readlink(join(root, 'etc/fstab'))).toBe('/etc/real/fstab');

  await symlink(join(folder, 'outside'), join(root, 'etc/evil'));
  expect(await editor.readText('/etc/evil')).toBeNull();
  await editor.write('/etc/evil', 'taken');
  expect(await outside()).toBe('untouched');
  expect(await readFile(join(root, folder, 'outside'), 'utf8')).toBe('taken');
});

test('a folder that is a link to outside is not left through', async () => {
  const { root, editor, folder } = await tree({ 'etc/x': '' });
  await symlink(folder, join(root, 'etc/network'));
  await editor.write('/etc/network/outside', 'taken');
  await editor.remove('/etc/network/outside');
  expect(await outside()).toBe('untouched');
});

test('planned mounts are crossed, also by links', async () => {
  const { root, editor, folder } = await tree({ 'etc/x': '', 'boot/hidden': 'below the mount' }, ['/boot']);
  await symlink('/etc/../boot/grub', join(root, 'etc/grub'));
  await mkdir(join(folder, 'fs1/grub'));
  await editor.write('/etc/grub/grub.cfg', 'menu');
  expect(await readFile(join(folder, 'fs1/grub/grub.cfg'), 'utf8')).toBe('menu');
  const place = await editor.resolve('/boot/grub/grub.cfg');
  expect([place.mount.mountpoint, place.pathInFilesystem]).toEqual(['/boot', '/grub/grub.cfg']);
  expect(await editor.isFile('/boot/hidden')).toBe(false);
});

test.each([
  ['a FIFO', (place: string) => execa('mkfifo', [place])],
  ['a folder', (place: string) => mkdir(place)],
  ['a link in a circle', (place: string) => symlink(place.split('/').at(-1) ?? '', place)],
  [
    'a link to a FIFO',
    async (place: string) => (await execa('mkfifo', [`${place}.fifo`]), symlink('fstab.fifo', place)),
  ],
])('%s in the place of a file is refused', async (_, make) => {
  const { root, editor } = await tree({ 'etc/x': '' });
  await make(join(root, 'etc/fstab'));
  await expect(editor.write('/etc/fstab', 'new')).rejects.toMatchObject({ code: 'E-IMAGE-TREE' });
  await expect(editor.readText('/etc/fstab')).rejects.toMatchObject({ code: 'E-IMAGE-TREE' });
});

test('a file in the place of a folder is refused', async () => {
  const { editor } = await tree({ 'etc/default': 'a file' });
  await expect(editor.write('/etc/default/grub', '')).rejects.toMatchObject({ code: 'E-IMAGE-TREE' });
  expect(await editor.isFile('/etc/default/grub')).toBe(false);
});

test('mode, owner and attributes of a replaced file stay, and so do its other names and its folder’s time', async () => {
  const { root, editor } = await tree({ 'etc/fstab': 'old' });
  const file = join(root, 'etc/fstab');
  await execa('chown', ['12:34', file]);
  await execa('chmod', ['0604', file]);
  await execa('setfattr', ['-n', 'user.note', '-v', 'kept', file]);
  await link(file, join(root, 'etc/other-name'));
  await utimes(join(root, 'etc'), 1, 1000.123456);
  const before = await lstat(join(root, 'etc'), { bigint: true });
  editor.reason = 'a rule';
  await editor.write('/etc/fstab', 'new');
  const after = await lstat(file);
  expect([after.uid, after.gid, after.mode & 0o7777]).toEqual([12, 34, 0o604]);
  expect((await execa('getfattr', ['--only-values', '-n', 'user.note', file])).stdout).toBe('kept');
  expect(await readFile(join(root, 'etc/other-name'), 'utf8')).toBe('old');
  expect((await lstat(join(root, 'etc'), { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  expect([...editor.touched]).toEqual([['/etc/fstab', 'a rule']]);
});

test('what is saved first is what is kept', async () => {
  const { editor } = await tree({ 'etc/fstab': 'first' });
  await editor.save('/etc/fstab');
  await editor.write('/etc/fstab', 'second');
  await editor.save('/etc/fstab');
  expect(await editor.readText('/etc/fleetlift/saved/etc/fstab')).toBe('first');
});
