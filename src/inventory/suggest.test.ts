import { expect, test } from 'vitest';
import { nearest } from './suggest.js';

test('a slip of the finger is recognised, another word is not', () => {
  const fields = ['concurrency', 'rateMbps', 'maxFailures', 'port', 'ports', 'tags'];
  expect(nearest('concurency', fields)).toBe('concurrency');
  expect(nearest('rate_mbps', fields)).toBe('rateMbps');
  expect(nearest('MAXFAILURES', fields)).toBe('maxFailures');
  expect(nearest('prot', fields)).toBe('port');
  expect(nearest('ports', fields)).toBe('ports');
  expect(nearest('tag', fields)).toBe('tags');
  expect(nearest('owner', fields)).toBeNull();
  expect(nearest('x', fields)).toBeNull();
});
