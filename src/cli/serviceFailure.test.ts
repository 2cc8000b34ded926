import { ServiceError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { stateLayout } from '../state/layout.js';
import { explainServiceFailure } from './serviceFailure.js';

const layout = stateLayout('/srv/fleetlift');
const failure = new ServiceError('Failed to query Workflow', {
  cause: new Error('2 UNKNOWN: disk I/O error'),
});
const withFree = (bytes: number) => () => Promise.resolve({ bavail: bytes / 4096, bsize: 4096 });

describe('a failure of Temporal itself', () => {
  it('is told as a full disk where the state folder has no room', async () => {
    const told = await explainServiceFailure(failure, layout, withFree(4096));
    expect(told).toMatchObject({ code: 'E-STATE-DIR', cause: failure });
    expect(String(told)).toContain('the disk of /srv/fleetlift is full (4.0 KiB free)');
  });

  it('is told with its cause where there is room', async () => {
    const told = await explainServiceFailure(failure, layout, withFree(1 << 30));
    expect(told).toMatchObject({ code: 'E-TEMPORAL' });
    expect(String(told)).toContain('Failed to query Workflow: 2 UNKNOWN: disk I/O error');
  });

  it('is told with its cause where there is no state folder, as on a machine that only operates', async () => {
    const none = () => Promise.reject(Object.assign(new Error('no such folder'), { code: 'ENOENT' }));
    expect(await explainServiceFailure(failure, layout, none)).toMatchObject({ code: 'E-TEMPORAL' });
  });

  it('is not made of any other error', async () => {
    const other = new TypeError('x is not a function');
    expect(await explainServiceFailure(other, layout, withFree(0))).toBe(other);
  });
});
