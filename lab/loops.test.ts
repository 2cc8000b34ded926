import { expect, it } from 'vitest';
import { namesBelow } from './loops.js';

const answer = (...loopdevices: { name: string; 'back-file': string | null }[]): string =>
  JSON.stringify({ loopdevices });

it('finds the loop devices of a folder, also while others are just being freed', () => {
  const listed = answer(
    { name: '/dev/loop0', 'back-file': null },
    { name: '/dev/loop1', 'back-file': '/lab/disks/lab1.raw (deleted)' },
    { name: '/dev/loop2', 'back-file': '/labs/other.raw' },
  );
  expect(namesBelow(listed, '/lab')).toEqual(['/dev/loop1']);
  expect(namesBelow('', '/lab')).toEqual([]);
});
