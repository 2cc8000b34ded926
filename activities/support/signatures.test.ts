import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { RefusedPayload } from '../../src/model/refusal.js';
import { SignatureInterceptor } from './signatures.js';

/** Runs `deleteJob` behind the interceptor, scheduled under this id. */
async function deleteJob(activityId: string, args: unknown[], answer: unknown): Promise<unknown> {
  const environment = new MockActivityEnvironment({ activityType: 'deleteJob', activityId });
  const work = (): Promise<unknown> =>
    new SignatureInterceptor().execute({ args, headers: {} }, () => Promise.resolve(answer));
  return environment.run(work);
}

describe('an activity', () => {
  it('runs with what was signed for it, and answers null where it has nothing to say', async () => {
    expect(await deleteJob('deleteJob-7', ['context'], 'done')).toBe('done');
    expect(await deleteJob('deleteJob-7', ['context'], undefined)).toBeNull();
  });

  const unsigned: RefusedPayload = { fleetliftRefused: 'unsigned' };
  it.each([
    ['whose input was signed for another activity', 'runPass-7', ['context']],
    ['with an input that is not signed', 'deleteJob-7', ['context', unsigned]],
    ['without input', 'deleteJob-7', []],
  ])('%s does not run', async (_name, id, args) => {
    await expect(deleteJob(id, args, 'done')).rejects.toMatchObject({ code: 'E-PAYLOAD' });
  });
});
