import { expect, test } from 'vitest';
import { authorizedLine, isLineOf } from './authorizedKeys.js';

const job = { migration: 'm', server: 's', number: 1 };
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKs0b3';

test('a line holds the forced command, the key and the job, and nothing of what the source said beside', () => {
  const line = authorizedLine(job, "/var/lib/it's here/jobs/m/s/1", `${KEY} root@"source"\n`);
  expect(line).toMatch(
    /^restrict,command="'[^"]*\/node' '[^"]*\/wrapper\.js' '\/var\/lib\/it'\\''s here\/jobs\/m\/s\/1'" /,
  );
  expect(line.endsWith(`${KEY} job/m/s/1`)).toBe(true);
  expect(isLineOf(line, job)).toBe(true);
  expect(isLineOf(line, { ...job, server: 'ss' })).toBe(false);
  expect(isLineOf(line, { ...job, number: 11 })).toBe(false);
});

test.each(['', KEY.slice(0, 11), `restrict ${KEY}`, `${KEY}\n${KEY}`, `${KEY}\r\nx`, `no-pty ${KEY}`])(
  'refuses %j',
  (text) => {
    expect(() => authorizedLine(job, '/j', text)).toThrow('s sent no public key');
  },
);
