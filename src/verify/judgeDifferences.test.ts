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
  expect(judgeDifferences(found, 7, 100)).toEqual({
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

it('lists no more than Temporal carries, and what counts before all else', () => {
  const found = Array.from({ length: 5_000 }, (_, index) =>
    difference(`${index}${'x'.repeat(4_000)}`, index),
  );
  const { listed = [], examples } = judgeDifferences(found, 5_000, 60);
  expect(listed).toHaveLength(100);
  expect(listed.filter(({ changedMeanwhile }) => !changedMeanwhile)).toHaveLength(60);
  expect(JSON.stringify(listed).length).toBeLessThan(50_000);
  expect(examples).toHaveLength(5);
});
