import { expect, it } from 'vitest';
import { parseManifest, renderManifest } from './manifest.js';

const HASH = 'a'.repeat(64);

it('is read as it was written', () => {
  const hashes = new Map([
    ['bundle.json', HASH],
    ['web1/1/boot/bios/serial.log', 'b'.repeat(64)],
  ]);
  expect(parseManifest(renderManifest(hashes))).toEqual({ hashes, strangeLines: [] });
});

it.each([
  ['a name that leads out', `${HASH}  ../x\n`],
  ['an absolute name', `${HASH}  /etc/passwd\n`],
  ['a name with a space', `${HASH}  a b\n`],
  ['a hash that is none', `${'g'.repeat(64)}  a\n`],
  ['a line without an end', `${HASH}  a`],
  ['nothing', '\n'],
])('has a strange line with %s', (_what, text) => {
  expect(parseManifest(`${HASH}  first\n${text}`)).toMatchObject({ strangeLines: [2] });
});

it('has a strange line where a name comes again', () => {
  expect(parseManifest(`${HASH}  a\n${'b'.repeat(64)}  a\n`)).toEqual({
    hashes: new Map([['a', HASH]]),
    strangeLines: [2],
  });
});
