import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOldPlace } from './oldPlace.js';

const hosts = (...names: string[]): string[] =>
  parseOldPlace(`file /etc/a\n${names.join('\n')}\n`).map(({ host }) => host);

describe('parseOldPlace', () => {
  it('tells what only the old place answers for, with its file', () => {
    const own = ['10.0.0.2', '172.16.9.9', '100.100.2.136', '169.254.169.123', 'fd00::53', 'mirror'];
    const names = ['mirrors.cloud.aliyuncs.com', 'ntp.corp', 'metadata.google.internal', 'rhui3.example.com'];
    expect(hosts(...own, ...names)).toEqual([...own, ...names]);
    expect(parseOldPlace('file /etc/chrony.conf\n10.0.0.9\nfile /etc/ntp.conf\n10.0.0.8 10.0.0.7\n')).toEqual(
      [
        { file: '/etc/chrony.conf', host: '10.0.0.9' },
        { file: '/etc/ntp.conf', host: '10.0.0.8' },
        { file: '/etc/ntp.conf', host: '10.0.0.7' },
      ],
    );
  });

  it('leaves out what the whole world reaches, and garbage', () => {
    expect(
      hosts('deb.debian.org', '1.1.1.1', '2606:4700::1111', 'localhost', '127.0.0.53', '172.32.0.1'),
    ).toEqual([]);
    expect(parseOldPlace(null)).toEqual([]);
    fc.assert(fc.property(fc.string(), (text) => parseOldPlace(text).length <= 100));
  });
});
