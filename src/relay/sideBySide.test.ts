import { expect, it } from 'vitest';
import { sideBySide } from './sideBySide.js';

const untilAborted = (signal: AbortSignal, ended: string[]): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      ended.push('aborted');
      reject(new Error('aborted'));
    });
  });

it('answers both', async () => {
  const both = sideBySide(
    undefined,
    () => Promise.resolve(1),
    () => Promise.resolve('two'),
  );
  expect(await both).toEqual([1, 'two']);
});

it('throws the first failure when the other, aborted, has ended too', async () => {
  const ended: string[] = [];
  const both = sideBySide(
    undefined,
    (signal) => untilAborted(signal, ended),
    () => Promise.reject(new Error('no room')),
  );
  await expect(both).rejects.toThrow('no room');
  expect(ended).toEqual(['aborted']);
});

it('is aborted from outside', async () => {
  const ended: string[] = [];
  const outer = new AbortController();
  const both = sideBySide(
    outer.signal,
    (signal) => untilAborted(signal, ended),
    (signal) => untilAborted(signal, ended),
  );
  outer.abort();
  await expect(both).rejects.toThrow('aborted');
  expect(ended).toEqual(['aborted', 'aborted']);
});
