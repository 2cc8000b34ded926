import { resolve } from 'node:path';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { JobRef } from '../../model/job.js';
import { projectVersion } from '../../service/projectDir.js';
import type { CommandContext } from '../context.js';
import { usageError } from '../usageError.js';

export interface BundleOptions {
  readonly server?: string[];
  readonly relayDir?: string;
}

/** A bundle that was written. */
export interface WrittenBundle {
  readonly file: string;
  readonly sha256: string;
  /** Fingerprint of the key that signed it. */
  readonly signer: string;
  readonly servers: readonly string[];
}

/**
 * Writes the evidence of a migration's servers, as the relay's folder on this machine has it, into one signed file.
 *
 * @throws E-USAGE, E-EVIDENCE-NONE, E-EVIDENCE-KEY, E-EVIDENCE-WRITE
 */
export async function writeEvidence(
  context: CommandContext,
  file: string,
  options: BundleOptions,
): Promise<WrittenBundle> {
  const { writeJobsBundle } = await import('../../evidence/writeJobsBundle.js');
  const { listJobs } = await import('../../relay/jobs.js');
  const dir = options.relayDir === undefined ? context.layout.relayDir : resolve(options.relayDir);
  const relay = { name: 'local', dir, port: 0, address: '127.0.0.1' };
  const jobs = chooseJobs(await listJobs(relay), dir, context.globals.migration, options.server ?? []);
  return writeJobsBundle(relay, jobs, { file, version: projectVersion(), madeAt: new Date() });
}

/** The latest job of each server that is wanted. */
function chooseJobs(
  known: readonly JobRef[],
  dir: string,
  migration: string | undefined,
  servers: readonly string[],
): JobRef[] {
  const migrations = [...new Set(known.map((job) => job.migration))];
  if (migration === undefined && migrations.length > 1) {
    throw usageError(
      `several migrations are kept in ${dir}: ${migrations.join(', ')}`,
      'say which with --migration NAME',
    );
  }
  const latest = new Map<string, JobRef>();
  for (const job of known) {
    if (job.migration !== (migration ?? job.migration)) continue;
    if (job.number > (latest.get(job.server)?.number ?? 0)) latest.set(job.server, job);
  }
  const missing = servers.filter((server) => !latest.has(server));
  if (missing.length > 0 || latest.size === 0) throw nothingKept(dir, migration, missing);
  return [...latest.values()].filter(({ server }) => servers.length === 0 || servers.includes(server));
}

function nothingKept(dir: string, migration: string | undefined, servers: readonly string[]): FleetliftError {
  const whose = servers.length === 0 ? '' : ` of ${servers.join(', ')}`;
  const where = migration === undefined ? dir : `${dir} for migration ${migration}`;
  return new FleetliftError('E-EVIDENCE-NONE', { message: `no evidence${whose} is kept in ${where}` });
}
