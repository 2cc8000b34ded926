import { expect, it } from 'vitest';
import { stepProgress } from './stepProgress.js';

it('tells boots side by side in one order, however Temporal lists them', () => {
  const bios = { step: 'verify', detail: 'checking the bios boot' };
  const uefi = { step: 'verify', detail: 'boot uefi' };
  const line = { step: 'verify', detail: 'boot uefi, checking the bios boot' };
  expect(stepProgress([bios, uefi], 'verify')).toEqual(line);
  expect(stepProgress([uefi, bios], 'verify')).toEqual(line);
});

it('tells of a pass what it has done, and what its receiver got over the wire', () => {
  const pass = { step: 'sync', detail: 'sending', doneBytes: 5, totalBytes: 9 };
  const receiver = { step: 'sync', detail: 'receiving', wireBytes: 3 };
  expect(stepProgress([receiver, pass], 'sync')).toEqual({ ...pass, wireBytes: 3 });
  expect(stepProgress([receiver], 'sync')).toEqual(receiver);
});

it('tells nothing of another step, or of what is no progress', () => {
  expect(stepProgress([null, 'text', { step: 'sync', detail: 'sending' }], 'verify')).toBeNull();
});
