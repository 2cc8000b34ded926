import { createReadStream } from 'node:fs';
import { FleetliftError } from '../errors/FleetliftError.js';
import { jobId, type JobRef } from '../model/job.js';
import type { RelayContext } from '../relay/types.js';
import { collectJob } from './collect.js';
import { BUNDLE_VERSION, type Member } from './format.js';
import { signingKey } from './signingKey.js';
import { digest, textMember, writeBundle } from './writeBundle.js';

interface BundleRequest {
  readonly file: string;
  /** Of fleetlift. */
  readonly version: string;
  readonly madeAt: Date;
}

interface Written {
  readonly file: string;
  readonly sha256: string;
  readonly signer: string;
  readonly servers: readonly string[];
}

/**
 * Writes what a relay keeps of some jobs into one bundle, signed with the relay's key.
 *
 * @throws FleetliftError E-EVIDENCE-NONE, E-EVIDENCE-KEY, E-EVIDENCE-WRITE, E-RELAY-TOOL
 */
export async function writeJobsBundle(
  relay: RelayContext,
  jobs: readonly JobRef[],
  { file, version, madeAt }: BundleRequest,
): Promise<Written> {
  const members: Member[] = [];
  for (const job of jobs) {
    const own = await collectJob(relay, job);
    if (own.length === 0) {
      throw new FleetliftError('E-EVIDENCE-NONE', { message: `${jobId(job)} has left no evidence yet` });
    }
    members.push(...own);
  }
  const key = await signingKey(relay.dir);
  const about = {
    version: BUNDLE_VERSION,
    fleetlift: version,
    madeAt: madeAt.toISOString(),
    jobs: jobs.map(jobId),
  };
  await writeBundle(
    file,
    [textMember('bundle.json', `${JSON.stringify(about, null, 2)}\n`), ...members],
    key,
  );
  const { hash } = await digest(createReadStream(file));
  return { file, sha256: hash, signer: key.fingerprint, servers: jobs.map(({ server }) => server) };
}
