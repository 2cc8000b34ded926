import { execa } from 'execa';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootFailure } from './bootFailures.js';
import { plainText, readGuestFile } from './guestFiles.js';
import { qemuArguments } from './qemuArguments.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetlift-guest-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

test.each([
  ['[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs', 'its kernel panicked'],
  ['You are in emergency mode. After logging in, type', 'it fell into emergency mode'],
  ['Warning: dracut-initqueue: timeout, still waiting', 'its initramfs did not find its disks'],
  ['ALERT!  UUID=1 does not exist.  Dropping to a shell!', 'its initramfs did not find its disks'],
  ['Entering rescue mode...\ngrub rescue> ', 'GRUB did not find its folder'],
])('%j is a boot that failed', (serial, meaning) => {
  expect(bootFailure(serial)).toBe(meaning);
});

test('an ordinary boot is not a failed one', () => {
  expect(
    bootFailure('Command line: panic=1 emergency=no\n[ OK ] Reached target emergency.target? web1 login: '),
  ).toBeNull();
});

test('what QEMU’s user put in the place of a file is not followed and not waited for', async () => {
  await writeFile(join(folder, 'secret'), 'secret');
  await symlink(join(folder, 'secret'), join(folder, 'link'));
  await execa('mkfifo', [join(folder, 'fifo')]);
  for (const name of ['link', 'fifo', 'nothing', '.']) {
    expect((await readGuestFile(join(folder, name), 0, 100)).length).toBe(0);
  }
  expect((await readGuestFile(join(folder, 'secret'), -3, 100)).toString()).toBe('ret');
  expect((await readGuestFile(join(folder, 'secret'), 2, 2)).toString()).toBe('cr');
});

test('a serial log is told without the terminal’s commands', () => {
  expect(plainText(Buffer.from('\x1b[0;32m  OK  \x1b[0m\x1b[2J\x1b[5;80HReached\r\n\x00'))).toBe(
    '  OK  Reached\n',
  );
});

test('the guest has no way out but one port, and its writes go to overlays', () => {
  const words = qemuArguments({
    ...{ firmware: 'uefi', accelerator: 'tcg', cores: 2, memoryMiB: 1024, formats: ['qcow2', 'raw'] },
    ...{ port: 4022, guestPort: 22 },
  });
  expect(words).toContain('user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:4022-:22');
  expect(words).toContain('on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny');
  expect(words.filter((word) => word.startsWith('if=none'))).toEqual([
    'if=none,id=disk0,format=qcow2,file=/mnt/images/image0,snapshot=on,cache=unsafe,discard=unmap',
    'if=none,id=disk1,format=raw,file=/mnt/images/image1,snapshot=on,cache=unsafe,discard=unmap',
  ]);
});

test.each([
  ['tcg', 'max,erms=off,fsrm=off'],
  ['kvm', 'host'],
] as const)('under %s the guest has the processor %s', (accelerator, processor) => {
  const words = qemuArguments({
    ...{ firmware: 'bios', accelerator, cores: 1, memoryMiB: 1024, formats: ['qcow2'] },
    ...{ port: 4022, guestPort: 22 },
  });
  expect(words[words.indexOf('-cpu') + 1]).toBe(processor);
});
