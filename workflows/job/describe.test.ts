import { expect, it } from 'vitest';
import { FINISHED } from '../testing/summaries.js';
import { describeJob } from './describe.js';

it('tells where a job stands and what it has done, as a table', () => {
  expect(describeJob(FINISHED).replaceAll('\u2003', '')).toMatchInlineSnapshot(`
    "**web1** (wave canary): Finished, clean-up

    |  |  |
    |---|---|
    | data | 900 MiB in 1 pass, 300 MiB over the wire, 30 MiB/s |
    | checksum | 20000 files, 0 differences |
    | boot uefi | booted, 41 s |
    | image system | \`/srv/web1.qcow2\` on relay dc1 |"
  `);
});

it('tells what a job in error needs, and the command', () => {
  const error = {
    code: 'E-LINK-LOST',
    step: 'sync',
    message: 'gone',
    remedy: 'mend it',
    retryable: true,
  } as const;
  const told = describeJob({
    ...FINISHED,
    status: 'InError',
    step: 'sync',
    sync: null,
    images: [],
    verify: null,
    error,
  });
  expect(told.split('\n\n')).toEqual([
    '**web1** (wave canary): InError, sync',
    '**E-LINK-LOST** gone',
    'Remedy: mend it',
    '`fleetlift retry web1`',
  ]);
});

it('claims no amount before the first pass has been counted', () => {
  const sync = { passes: 0, logicalBytes: 0, wireBytes: 0, seconds: 0 };
  const told = describeJob({ ...FINISHED, status: 'Running', step: 'sync', sync, images: [], verify: null });
  expect(told).toContain('its bytes and rate are told under Pending Activities');
  expect(told).not.toContain('MiB');
});
