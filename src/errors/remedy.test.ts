import { expect, test } from 'vitest';
import { remedyFor } from './remedy.js';

test('a remedy names the server', () => {
  expect(remedyFor('see fleetlift logs SERVER, then: fleetlift retry SERVER', 'web3')).toBe(
    'see fleetlift logs web3, then: fleetlift retry web3',
  );
  expect(remedyFor('OBSERVER stays', 'web3')).toBe('OBSERVER stays');
});
