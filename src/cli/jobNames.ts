import type { JobRef } from '../model/job.js';
import { usageError } from './usageError.js';

const JOB = /^job\/([^/]+)\/([^/]+)\/(\d+)$/;

export function isJobId(text: string): boolean {
  return JOB.test(text);
}

/** The parts of `job/<migration>/<server>/<n>`. @throws E-USAGE */
export function parseJob(id: string): JobRef {
  const [, migration, server, number] = JOB.exec(id) ?? [];
  if (migration === undefined || server === undefined) {
    throw usageError(`"${id}" is not the id of a job: job/MIGRATION/SERVER/NUMBER`, 'fleetlift jobs list');
  }
  return { migration, server, number: Number(number) };
}
