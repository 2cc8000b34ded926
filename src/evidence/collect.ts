import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRef } from '../model/job.js';
import { jobPaths, type JobPaths } from '../relay/paths.js';
import type { RelayContext } from '../relay/types.js';
import { isMemberName, type Member } from './format.js';
import { redactLines } from './redact.js';

interface Kept {
  readonly file: (paths: JobPaths) => string;
  /** Folder in the bundle, below the job's. */
  readonly name: string;
  /** Of a folder: the files in it, at any depth, that are evidence. */
  readonly files: RegExp | null;
  /** Text that came from the source, or that an operator wrote. */
  readonly redact: RegExp;
}

/**
 * What of a job's folder goes into a bundle. Nothing else does: disks and images are too large, and beside the receiver's
 * settings lie keys.
 */
const KEPT: readonly Kept[] = [
  { file: ({ job }) => join(job, 'result.json'), name: 'result.json', files: null, redact: /./ },
  { file: ({ evidence }) => evidence, name: 'evidence', files: /\.json$|\.sha256$/, redact: /\.json$/ },
  { file: ({ log }) => log, name: 'log', files: /\.(log|txt)$/, redact: /./ },
  { file: ({ boot }) => boot, name: 'boot', files: /\.(log|txt|json|png)$/, redact: /\.(log|txt|json)$/ },
];

/** The members of one job, `<server>/<n>/…`; none where nothing of it is kept. */
export async function collectJob(relay: RelayContext, job: JobRef): Promise<Member[]> {
  const paths = jobPaths(relay, job);
  const members: Member[] = [];
  for (const kept of KEPT) {
    for (const { path, below } of await filesOf(kept.file(paths), kept.files)) {
      const name = [job.server, String(job.number), kept.name, ...below].join('/');
      const redacted = kept.redact.test(below.at(-1) ?? kept.name);
      if (isMemberName(name)) {
        members.push({
          name,
          bytes: () => (redacted ? redactLines(createReadStream(path)) : createReadStream(path)),
        });
      }
    }
  }
  return members;
}

/** Plain files only: a link in a relay's folder leads where nobody looked. */
async function filesOf(
  path: string,
  wanted: RegExp | null,
): Promise<{ readonly path: string; readonly below: readonly string[] }[]> {
  const found = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return [];
  if (wanted === null) return found.isFile() ? [{ path, below: [] }] : [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ path: file, below: file.slice(path.length + 1).split('/') }));
}
