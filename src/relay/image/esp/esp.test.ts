import { expect, test } from 'vitest';
import { espChanges } from './espChanges.js';
import { FatPaths } from './FatPaths.js';
import { isSigned } from './peSignature.js';
import { program } from './testing.js';

test('a file replaces one whose name differs in case only, and lies in the folder that is there', () => {
  const fat = new FatPaths(['EFI/Boot/bootx64.efi', 'efi/debian/shimx64.efi']);
  expect(fat.place('EFI/BOOT/BOOTX64.EFI')).toBe('EFI/Boot/bootx64.efi');
  expect(fat.place('EFI/BOOT/grubx64.efi')).toBe('EFI/Boot/grubx64.efi');
  expect(fat.place('EFI/debian/grub.cfg')).toBe('efi/debian/grub.cfg');
  expect(fat.find('EFI/DEBIAN/SHIMX64.EFI')).toBe('efi/debian/shimx64.efi');
  expect(fat.find('EFI/BOOT/fbx64.efi')).toBeNull();
  expect(new FatPaths([]).place('EFI/BOOT/BOOTX64.EFI')).toBe('EFI/BOOT/BOOTX64.EFI');
});

test('a program is signed where it has its certificates whole', () => {
  const whole = program('shim', true);
  expect(isSigned(whole)).toBe(true);
  expect(isSigned(program('grub', false))).toBe(false);
  for (const length of [0, 1, 0x40, 0x90, 0x130, 1024, whole.length - 1]) {
    expect(isSigned(whole.subarray(0, length))).toBe(false);
  }
  expect(isSigned(Buffer.alloc(4096, 0xff))).toBe(false);
});

test('what the image’s ESP has otherwise than the server’s is told by its place there, with the reason', () => {
  const files = (entries: Record<string, string>) =>
    new Map(Object.entries(entries).map(([path, sha256]) => [path.toLowerCase(), { path, sha256 }]));
  const before = files({
    'EFI/BOOT/BOOTX64.EFI': '1',
    'EFI/BOOT/fbx64.efi': '2',
    'EFI/debian/mmx64.efi': '3',
  });
  const after = files({ 'EFI/BOOT/bootx64.efi': '9', 'EFI/BOOT/grub.cfg': '4', 'EFI/debian/mmx64.efi': '3' });
  const about = { disk: 'system', mountpoint: '/boot/efi', reason: 'why' };
  const told = espChanges(before, after, about).map(({ path, change, what }) => [path, change, what]);
  expect(told).toEqual([
    ['/boot/efi/EFI/BOOT/bootx64.efi', 'changed', 'content'],
    ['/boot/efi/EFI/BOOT/fbx64.efi', 'removed', ''],
    ['/boot/efi/EFI/BOOT/grub.cfg', 'added', ''],
  ]);
  expect(espChanges(before, after, about)[0]).toMatchObject({ disk: 'system', reason: 'why' });
});
