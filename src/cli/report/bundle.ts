import { resolve } from 'node:path';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { JobRef } from '../../model/job.js';
import { projectVersion } from '../../service/projectDir.js';
import type { CommandContext } from '../context.js';
import { asServerResult } from '../summaries.js';
import { sayWhich, usageError } from '../usageError.js';

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
  const { readResults } = await import('../../state/results.js');
  const { listJobs } = await import('../../relay/jobs.js');
  const dir = options.relayDir === undefined ? context.layout.relayDir : resolve(options.relayDir);
  const relay = { name: 'local', dir, port: 0, address: '127.0.0.1' };
  const known = await listJobs(relay).catch((error: unknown) => refuseStranger(error, dir));
  const results = readResults(context.layout);
  const migration = chooseMigration([...known, ...results], dir, context.globals.migration);
  const wanted = (server: string): boolean => options.server?.includes(server) ?? true;
  const jobs = latestJobs(known.filter((job) => job.migration === migration && wanted(job.server)));
  const recorded = results
    .filter((one) => one.migration === migration && wanted(one.name))
    .filter(({ name }) => jobs.every(({ server }) => server !== name))
    .map(asServerResult);
  const told = new Set([...jobs.map(({ server }) => server), ...recorded.map(({ name }) => name)]);
  const missing = (options.server ?? []).filter((server) => !told.has(server));
  if (missing.length > 0 || told.size === 0) throw nothingKept(dir, migration, missing);
  return writeJobsBundle(relay, jobs, { file, version: projectVersion(), madeAt: new Date(), recorded });
}

function chooseMigration(
  known: readonly { readonly migration: string }[],
  dir: string,
  named: string | undefined,
): string {
  const migrations = new Set(known.map(({ migration }) => migration));
  if (named !== undefined) return named;
  const [only, ...others] = migrations;
  if (only === undefined) throw nothingKept(dir, null, []);
  if (others.length === 0) return only;
  throw usageError(
    `evidence of several migrations is kept: ${[...migrations].join(', ')}`,
    sayWhich([...migrations]),
  );
}

/** The latest job of each server. */
function latestJobs(known: readonly JobRef[]): JobRef[] {
  const latest = new Map<string, JobRef>();
  for (const job of known) {
    if (job.number > (latest.get(job.server)?.number ?? 0)) latest.set(job.server, job);
  }
  return [...latest.values()];
}

/** @throws E-EVIDENCE-NONE where the folder belongs to somebody else, what it was thrown for where not */
function refuseStranger(error: unknown, dir: string): never {
  if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  throw new FleetliftError('E-EVIDENCE-NONE', {
    message: `${dir} may not be read by this user`,
    remedy: 'give the command as the user that the relay runs as',
    cause: error,
  });
}

function nothingKept(dir: string, migration: string | null, servers: readonly string[]): FleetliftError {
  const whose = servers.length === 0 ? '' : ` of ${servers.join(', ')}`;
  const where = migration === null ? dir : `${dir} for migration ${migration}`;
  return new FleetliftError('E-EVIDENCE-NONE', { message: `no evidence${whose} is kept in ${where}` });
}
