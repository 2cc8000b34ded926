import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { FleetliftError } from '../errors/FleetliftError.js';
import { jobId, type JobRef, type ServerResult } from '../model/job.js';
import type { RelayContext } from '../relay/types.js';
import { collectJob } from './collect.js';
import { BUNDLE_VERSION, type Member } from './format.js';
import { redactLines } from './redact.js';
import { signingKey } from './signingKey.js';
import { digest, textMember, writeBundle } from './writeBundle.js';

interface BundleRequest {
  readonly file: string;
  /** Of fleetlift. */
  readonly version: string;
  readonly madeAt: Date;
  /** Results of servers that this relay keeps nothing of, as the orchestrator has recorded them. */
  readonly recorded?: readonly ServerResult[];
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
  { file, version, madeAt, recorded = [] }: BundleRequest,
): Promise<Written> {
  const members: Member[] = [];
  for (const job of jobs) {
    const own = await collectJob(relay, job);
    if (own.length === 0) {
      throw new FleetliftError('E-EVIDENCE-NONE', { message: `${jobId(job)} has left no evidence yet` });
    }
    members.push(...own);
  }
  for (const result of recorded) members.push(recordedResult(result));
  const key = await signingKey(relay.dir);
  const about = {
    version: BUNDLE_VERSION,
    fleetlift: version,
    madeAt: madeAt.toISOString(),
    jobs: [...jobs.map(jobId), ...recorded.map(({ job }) => job)],
  };
  await writeBundle(
    file,
    [textMember('bundle.json', `${JSON.stringify(about, null, 2)}\n`), ...members],
    key,
  );
  const { hash } = await digest(createReadStream(file));
  return {
    file,
    sha256: hash,
    signer: key.fingerprint,
    servers: [...jobs.map(({ server }) => server), ...recorded.map(({ name }) => name)],
  };
}

function recordedResult(result: ServerResult): Member {
  const name = `${result.name}/${result.job.split('/').at(-1) ?? ''}/result.json`;
  const text = `${JSON.stringify(result, null, 2)}\n`;
  return { name, bytes: () => redactLines(Readable.from([Buffer.from(text)], { objectMode: false })) };
}
