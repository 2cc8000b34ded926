import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobEvidence } from '../../model/activities.js';
import type { Server } from '../../model/fleet.js';
import type { JobRef } from '../../model/job.js';
import { passFilesystems } from '../../plan/passFilesystems.js';
import { writeAtomically } from '../files.js';
import { jobPaths } from '../paths.js';
import type { RelayContext } from '../types.js';

/** Writes down what a job's image is made from, as documents that its bundle takes in; in place of earlier ones. */
export async function keepEvidence(
  relay: RelayContext,
  job: JobRef,
  server: Server,
  { facts, plan }: JobEvidence,
): Promise<void> {
  const documents = {
    facts,
    settings: server,
    ...(plan === null ? {} : { plan, excludes: excludesOf(passFilesystems(facts, server)) }),
  };
  for (const [name, document] of Object.entries(documents)) await keepDocument(relay, job, name, document);
}

/** Writes one document of a job's evidence. */
export async function keepDocument(
  relay: RelayContext,
  job: JobRef,
  name: string,
  document: unknown,
): Promise<void> {
  const { evidence } = jobPaths(relay, job);
  await mkdir(evidence, { recursive: true, mode: 0o700 });
  await writeAtomically(join(evidence, `${name}.json`), `${JSON.stringify(document, null, 2)}\n`);
}

/** The rules as rsync was given them, relative to each filesystem's root. */
function excludesOf(filesystems: ReturnType<typeof passFilesystems>): object[] {
  return filesystems.map(({ id, read, excludes }) => ({ filesystem: id, read, excludes }));
}
