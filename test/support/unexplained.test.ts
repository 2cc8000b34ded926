import { describe, expect, it } from 'vitest';
import type { TreeDifference } from './compare.js';
import { syncStartedAt, unexplained } from './unexplained.js';

const EXPLANATIONS = {
  changed: new Set(['/etc/fstab']),
  expected: [{ pattern: /^\/var\/log(\/|$)/ }],
  syncStartedAt: 100,
};

const difference = (path: string, leftChangedAt: number): TreeDifference => ({
  path,
  leftChangedAt,
  bytes: '',
  kind: 'content',
  left: 'a',
  right: 'b',
});

describe('unexplained', () => {
  it('leaves out what the image step changed, and what may always differ', () => {
    const found = [difference('/etc/fstab', 1), difference('/var/log/syslog', 1)];
    expect(unexplained(found, EXPLANATIONS)).toEqual([]);
  });

  it('leaves out what the server changed in or after the second in which its sync began, and nothing older', () => {
    const found = [99, 100, 101].map((at) => difference(`/var/backups/${at}`, at));
    expect(unexplained(found, EXPLANATIONS)).toEqual([found[0]]);
  });
});

describe('syncStartedAt', () => {
  it('is that of the sync that was done', () => {
    const at = (startedAt: string, step: 'sync' | 'image', outcome: 'done' | 'failed') =>
      ({ step, startedAt, outcome, seconds: 1 }) as const;
    const times = [
      at('1970-01-01T00:00:10.000Z', 'sync', 'failed'),
      at('1970-01-01T00:00:20.900Z', 'sync', 'done'),
      at('1970-01-01T00:00:30.000Z', 'image', 'done'),
    ];
    expect(syncStartedAt({ name: 'web1', times })).toBe(20);
    expect(() => syncStartedAt({ name: 'web1', times: times.slice(0, 1) })).toThrow('web1 was not synced');
  });
});
