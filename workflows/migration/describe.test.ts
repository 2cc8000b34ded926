import { expect, it } from 'vitest';
import type { ServerSummary, WaveSummary } from '../../src/model/messages.js';
import { FINISHED } from '../testing/summaries.js';
import { describeFleet } from './describe.js';

const wave: WaveSummary = {
  name: 'canary',
  state: 'running',
  reason: null,
  total: 3,
  finished: 1,
  running: 1,
  failed: 1,
  queued: 0,
};
const running: ServerSummary = {
  ...FINISHED,
  name: 'web2',
  status: 'Running',
  step: 'sync',
  sync: null,
  verify: null,
};
const error = { code: 'E-LINK-LOST', step: 'sync', message: '', remedy: '', retryable: true } as const;
const failed: ServerSummary = { ...running, name: 'web3', status: 'InError', error };

function describe(servers: ServerSummary[]): string {
  return describeFleet({ name: 'dc1', outcome: 'running', startedAt: '', waves: [wave], servers });
}

it('shows the waves, then every server: what failed first, what is done last', () => {
  expect(describe([FINISHED, running, failed]).replaceAll('\u2003', '')).toBe(
    [
      '| wave | state | finished | running | failed |',
      '|---|---|---|---|---|',
      '| canary | running | 1/3 | 1 | 1 |',
      '',
      '| server | status | step | data | boots | error |',
      '|---|---|---|---|---|---|',
      '| web3 | InError | sync |  |  | E-LINK-LOST |',
      '| web2 | Running | sync |  |  |  |',
      '| web1 | Finished | clean-up | 900 MiB | uefi |  |',
    ].join('\n'),
  );
});

it('of a large fleet shows the first fifty and how many more there are', () => {
  const many = Array.from({ length: 60 }, (_, index) => ({ ...running, name: `web${String(index)}` }));
  expect(describe([...many, failed])).toMatch(/\| web3\u2003[^]*and 11 more: `fleetlift status`$/);
});
