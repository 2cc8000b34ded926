import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { fairShare } from './fairShare.js';

const open = { cap: null };

test.each([
  ['no limit at all', null, open, [open], null],
  ['only a cap of its own', null, { cap: 5 }, [open], 5],
  ['alone', 100, open, [], 100],
  ['equal parts', 100, open, [open, open, open], 25],
  ['what a capped one leaves', 100, open, [{ cap: 10 }, open], 45],
  ['its own cap below its part', 100, { cap: 10 }, [open], 10],
  ['its own cap above its part', 100, { cap: 80 }, [open], 50],
])('%s', (_name, total, own, others, share) => {
  expect(fairShare(total, own, others)).toBe(share);
});

it('never gives more than the limit in all, and wastes nothing that somebody could use', () => {
  const cap = fc.option(fc.integer({ min: 1, max: 1000 }));
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 10_000 }),
      fc.array(cap, { minLength: 1, maxLength: 20 }),
      (total, caps) => {
        const senders = caps.map((one) => ({ cap: one }));
        const shares = senders.map(
          (own, at) =>
            fairShare(
              total,
              own,
              senders.filter((_, index) => index !== at),
            ) ?? 0,
        );
        const sum = shares.reduce((all, share) => all + share, 0);
        const wanted = caps.reduce<number>((all, one) => all + (one ?? Infinity), 0);
        expect(sum).toBeCloseTo(Math.min(total, wanted), 6);
      },
    ),
  );
});
