import { expect, it } from 'vitest';
import { listenAddress } from './listenAddress.js';

it('an address of this machine is listened on, a router’s in front of it on all', () => {
  expect(listenAddress('127.0.0.1')).toBe('127.0.0.1');
  expect(listenAddress('192.0.2.1')).toBe('0.0.0.0');
});
