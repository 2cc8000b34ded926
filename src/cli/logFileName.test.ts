import { expect, test } from 'vitest';
import { logFileName } from './logFileName.js';

test('two logs of one name in two folders become two files', () => {
  const names = ['log/rsyncd.log', 'boot/bios/serial.log', 'boot/uefi/serial.log'];
  expect(names.map(logFileName)).toEqual(['log-rsyncd.log', 'boot-bios-serial.log', 'boot-uefi-serial.log']);
});

test.each([
  ['../../etc/cron.d/x.log', 'etc-cron.d-x.log'],
  ['/etc/passwd.log', 'etc-passwd.log'],
  ['boot/./.hidden.log', 'boot-hidden.log'],
  ['log/a\nb\\c.log', 'log-a_b_c.log'],
])('%j leads to no other folder', (path, name) => {
  expect(logFileName(path)).toBe(name);
});
