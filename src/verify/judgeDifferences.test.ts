import { expect, it } from 'vitest';
import type { Difference } from '../model/transfer.js';
import { judgeDifferences } from './judgeDifferences.js';

const difference = (path: string, ctimeEpoch: number | null): Difference => ({
  filesystem: 'fs0',
  itemized: '>fcst......',
  path,
  ctimeEpoch,
});

it('excuses only what the source has changed since the pass that sent it began', () => {
  const found = [
    difference('after', 101),
    difference('before', 99),
    difference('then', 100),
    difference('gone', null),
  ];
  expect(judgeDifferences(found, 7, { passStartedAt: 100, still: [] })).toEqual({
    checksum: { files: 7, differences: 2, changedMeanwhile: 2 },
    examples: ['fs0:before (>fcst......)', 'fs0:gone (>fcst......)'],
    listed: [
      ['before', false],
      ['gone', false],
      ['after', true],
      ['then', true],
    ].map(([path, changedMeanwhile]) => ({
      filesystem: 'fs0',
      itemized: '>fcst......',
      path,
      changedMeanwhile,
    })),
  });
});

it('excuses nothing of a filesystem that was read from a snapshot', () => {
  const found = [difference('later', 200), { ...difference('live', 200), filesystem: 'fs1' }];
  const { checksum, examples } = judgeDifferences(found, 2, { passStartedAt: 100, still: ['fs0'] });
  expect(checksum).toEqual({ files: 2, differences: 1, changedMeanwhile: 1 });
  expect(examples).toEqual(['fs0:later (>fcst......)']);
});

it('takes the made-up time of a placeholder for no difference, but any other', () => {
  const placeholder = (itemized: string): Difference => ({
    ...difference('nested/', 99),
    itemized,
    isPlaceholder: true,
  });
  const judged = (...found: Difference[]) =>
    judgeDifferences(found, 1, { passStartedAt: 100, still: [] }).checksum.differences;
  expect(judged(placeholder('.d..t......'))).toBe(0);
  expect(judged(placeholder('.d..t...o..'))).toBe(1);
  expect(judged(placeholder('cd+++++++++'))).toBe(1);
  expect(judged({ ...difference('folder/', 99), itemized: '.d..t......' })).toBe(1);
});

it('lists no more than Temporal carries, and what counts before all else', () => {
  const found = Array.from({ length: 5_000 }, (_, index) =>
    difference(`${index}${'x'.repeat(4_000)}`, index),
  );
  const { listed = [], examples } = judgeDifferences(found, 5_000, { passStartedAt: 60, still: [] });
  expect(listed).toHaveLength(100);
  expect(listed.filter(({ changedMeanwhile }) => !changedMeanwhile)).toHaveLength(60);
  expect(JSON.stringify(listed).length).toBeLessThan(50_000);
  expect(examples).toHaveLength(5);
});
