import type { ServerSummary } from '../../src/model/messages.js';

/** A server that has come through everything. */
export const FINISHED: ServerSummary = {
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
