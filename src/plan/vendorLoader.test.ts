import { expect, test } from 'vitest';
import { vendorLoader } from './vendorLoader.js';

const os = (id: string, ...idLike: string[]) => ({ id, idLike });
const debian = ['EFI/debian/shimx64.efi', 'EFI/debian/grubx64.efi', 'EFI/debian/mmx64.efi'];

test('shim and GRUB in the distribution’s folder, as the files are written there', () => {
  expect(vendorLoader(['EFI/BOOT/BOOTX64.EFI', ...debian, 'EFI/debian/fwupdx64.efi'], os('debian'))).toEqual({
    folder: 'EFI/debian',
    shim: 'EFI/debian/shimx64.efi',
    grub: 'EFI/debian/grubx64.efi',
    mokManager: 'EFI/debian/mmx64.efi',
  });
  expect(vendorLoader(['EFI/opensuse/Shim.EFI', 'EFI/opensuse/grub.efi'], os('opensuse-leap'))).toEqual({
    folder: 'EFI/opensuse',
    shim: 'EFI/opensuse/Shim.EFI',
    grub: 'EFI/opensuse/grub.efi',
    mokManager: null,
  });
});

test.each([
  ['ubuntu', os('ubuntu', 'debian'), ['ubuntu', 'debian']],
  ['redhat', os('rhel', 'fedora'), ['fedora', 'redhat']],
  ['fedora', os('rocky', 'rhel', 'centos', 'fedora'), ['debian', 'fedora']],
  ['debian', os('arch'), ['debian']],
])('of several that of the distribution is taken: %s', (expected, system, vendors) => {
  const paths = vendors.flatMap((one) => [`EFI/${one}/shimx64.efi`, `EFI/${one}/grubx64.efi`]);
  expect(vendorLoader(paths, system)?.folder).toBe(`EFI/${expected}`);
});

test.each([
  ['nothing', []],
  ['GRUB without shim', ['EFI/debian/grubx64.efi']],
  ['the fallback’s folder', ['EFI/Boot/shimx64.efi', 'EFI/Boot/grubx64.efi']],
  ['halves of two', ['EFI/debian/shimx64.efi', 'EFI/ubuntu/grubx64.efi']],
  ['files deeper down', ['EFI/a/b/shimx64.efi', 'EFI/a/b/grubx64.efi']],
])('%s is no boot loader', (_, paths) => {
  expect(vendorLoader(paths, os('debian'))).toBeNull();
});
