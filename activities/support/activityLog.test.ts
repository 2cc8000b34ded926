import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { ActivityLog } from './activityLog.js';

const JOB = { migration: 'dc1', server: 'web1', number: 2 };

/** The lines that one run of an activity leaves. */
async function lines(
  activityType: string,
  args: unknown[],
  work: () => Promise<unknown>,
): Promise<Record<string, unknown>[]> {
  const written: Record<string, unknown>[] = [];
  const logger = pino(
    { base: null },
    { write: (line) => written.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const environment = new MockActivityEnvironment({ activityType, attempt: 3 });
  const log = new ActivityLog(logger);
  await environment.run(async () => log.execute({ args, headers: {} }, work)).catch(() => undefined);
  return written;
}

it('tells whose activity has ended, which attempt it was and how long it took', async () => {
  expect(await lines('buildImage', [{ job: JOB }], () => Promise.resolve(1))).toMatchObject([
    {
      msg: 'buildImage done',
      migration: 'dc1',
      server: 'web1',
      job: 'job/dc1/web1/2',
      activity: 'buildImage',
      attempt: 3,
      seconds: expect.any(Number) as number,
    },
  ]);
});

it('tells a failure with its code, and a stop as no failure', async () => {
  const failure = ApplicationFailure.create({ type: 'E-LINK-LOST', message: 'the link is gone' });
  expect(await lines('syncPass', [{ job: JOB }], () => Promise.reject(failure))).toMatchObject([
    { level: 40, code: 'E-LINK-LOST', msg: 'syncPass failed: the link is gone' },
  ]);
  expect(
    await lines('syncPass', [{ job: JOB }], () => Promise.reject(new CancelledFailure('x'))),
  ).toMatchObject([{ level: 30, msg: 'syncPass was stopped' }]);
});

it('tells how a server stands where its migration is told, and no questions', async () => {
  const summary = {
    name: 'web1',
    job: 'job/dc1/web1/2',
    status: 'InError',
    step: 'sync',
    error: { code: 'E-X' },
  };
  expect(await lines('tellMigration', ['migration/dc1', summary], () => Promise.resolve(true))).toMatchObject(
    [{ server: 'web1', status: 'InError', step: 'sync', code: 'E-X' }],
  );
  expect(await lines('readLogs', [{ job: JOB }], () => Promise.resolve([]))).toEqual([]);
});
