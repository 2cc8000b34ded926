import { expect, it } from 'vitest';
import type { ServerSummary } from '../../src/model/messages.js';
import { describeJob } from './describe.js';

const base: ServerSummary = {
  name: 'web1',
  wave: 'canary',
  job: 'job/dc1/web1/1',
  status: 'Finished',
  phase: null,
  step: 'clean-up',
  attempts: 1,
  reason: null,
  sync: { passes: 1, logicalBytes: 900 * 2 ** 20, wireBytes: 300 * 2 ** 20, seconds: 30 },
  images: [
    {
      disk: 'system',
      relay: 'dc1',
      path: '/srv/web1.qcow2',
      format: 'qcow2',
      virtualBytes: 1,
      fileBytes: 1,
      sha256: '',
    },
  ],
  verify: {
    checksum: { files: 20_000, differences: 0, changedMeanwhile: 0 },
    boot: [{ firmware: 'uefi', booted: true, seconds: 41.2, screenshot: '', log: '' }],
    commands: [],
  },
  error: null,
};

it('tells where a job stands and what it has done, as a table', () => {
  expect(describeJob(base).replaceAll('\u2003', '')).toMatchInlineSnapshot(`
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
    ...base,
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
