import { describe, expect, it } from 'vitest';
import { parseStillness } from './stillness.js';

describe('parseStillness', () => {
  it('reads both answers, whatever tools printed before', () => {
    expect(parseStillness(Buffer.from('a word of systemctl\nstill 1700000000\n'))).toEqual({
      still: true,
      stoppedAtEpoch: 1_700_000_000,
    });
    expect(parseStillness(Buffer.from('moved cron.service runs again\n'))).toEqual({
      still: false,
      reason: 'cron.service runs again',
    });
  });

  it.each(['', 'still', 'still -1', 'still 1e9', 'moved', 'yes'])('refuses %j', (answer) => {
    expect(() => parseStillness(Buffer.from(answer))).toThrow('not whether services stand still');
  });
});
