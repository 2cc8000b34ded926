import { describe, expect, it } from 'vitest';
import { rsyncError } from './exitCodes.js';

describe('rsyncError', () => {
  it('takes success and vanished files as good', () => {
    expect(rsyncError(0, '')).toBeNull();
    expect(rsyncError(24, 'file has vanished')).toBeNull();
  });

  it.each([
    [12, 'E-RSYNC-PROTOCOL', true],
    [30, 'E-RSYNC-TIMEOUT', true],
    [23, 'E-RSYNC-IO', true],
    [11, 'E-RSYNC-IO', true],
    [255, 'E-LINK-LOST', true],
    [137, 'E-LINK-LOST', true],
    [127, 'E-RSYNC-MISSING', false],
    [99, 'E-RSYNC-FAILED', true],
  ])('tells %i apart as %s', (exitCode, code, retryable) => {
    expect(rsyncError(exitCode, '')).toMatchObject({ code, retryable });
  });

  it('quotes the last words', () => {
    expect(rsyncError(23, 'a\n\nrsync: open failed\nrsync error: some files\n')?.message).toBe(
      'rsync ended with 23 (some files could not be transferred): a | rsync: open failed | rsync error: some files',
    );
  });
});
