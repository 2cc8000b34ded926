import { readFileSync, readdirSync, rmdirSync, rmSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import { SETTLED_STATUSES, type JobRef, type ServerResult } from '../model/job.js';
import { writeAtomically } from './atomicFile.js';
import { STATE_PROTOCOL, type StateLayout } from './layout.js';

/** A result file's content: what must outlive Temporal's retention. */
export interface StoredResult extends ServerResult {
  protocol: number;
  migration: string;
}

/** Writes `results/<migration>/<server>/<n>.json`, in place of one of the same job. */
export function writeResult(layout: StateLayout, result: ServerResult & { migration: string }): string {
  const stored: StoredResult = { protocol: STATE_PROTOCOL, ...result };
  const file = join(
    layout.resultsDir,
    folderName(result.migration),
    folderName(result.name),
    `${jobNumber(result)}.json`,
  );
  writeAtomically(file, `${JSON.stringify(stored, null, 2)}\n`);
  return file;
}

/** Removes the result file of a job, and its folders where nothing else is in them; none there is fine. */
export function removeResult(layout: StateLayout, job: JobRef): void {
  const migration = join(layout.resultsDir, folderName(job.migration));
  const server = join(migration, folderName(job.server));
  rmSync(join(server, `${job.number}.json`), { force: true });
  removeIfEmpty(server);
  removeIfEmpty(migration);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'ENOENT')) throw error;
  }
}

/**
 * The result of each server's latest job, sorted by migration and server.
 *
 * @param migration only of this one; default: of all.
 * @throws E-STATE-DIR where a file is not a result file of this version.
 */
export function readResults(layout: StateLayout, migration?: string): StoredResult[] {
  const latest = new Map<string, StoredResult>();
  for (const result of readAllResults(layout, migration)) {
    latest.set(`${result.migration}/${result.name}`, result);
  }
  return [...latest.values()];
}

/** The results of these servers where each of them is finished or was skipped; null: one is not. */
export function settledResults(
  layout: StateLayout,
  migration: string,
  servers: readonly string[],
): StoredResult[] | null {
  const results = readResults(layout, migration);
  const settled = servers.flatMap(
    (server) =>
      results.find(({ name, status }) => name === server && SETTLED_STATUSES.includes(status)) ?? [],
  );
  return settled.length === servers.length ? settled : null;
}

/** The results of all jobs, sorted by migration, server and number. */
export function readAllResults(layout: StateLayout, migration?: string): StoredResult[] {
  const migrations = migration === undefined ? folders(layout.resultsDir) : [folderName(migration)];
  return migrations.flatMap((name) => {
    const dir = join(layout.resultsDir, name);
    return folders(dir).flatMap((server) => readServer(join(dir, server)));
  });
}

function readServer(dir: string): StoredResult[] {
  return entries(dir)
    .flatMap(({ name }) => {
      const match = /^(\d+)\.json$/.exec(name);
      return match === null ? [] : [{ number: Number(match[1]), path: join(dir, name) }];
    })
    .sort((a, b) => a.number - b.number)
    .map(({ path }) => readFile(path));
}

function readFile(path: string): StoredResult {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as Partial<StoredResult>;
    if (content.protocol !== STATE_PROTOCOL) {
      throw new Error(`it is of version ${String(content.protocol)}, not ${STATE_PROTOCOL}`);
    }
    if (typeof content.name !== 'string' || typeof content.status !== 'string') {
      throw new Error('it is not a result file');
    }
    return content as StoredResult;
  } catch (error) {
    throw new FleetliftError('E-STATE-DIR', {
      message: `the result file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      remedy:
        'a finished server is known by this file: bring it back from a backup, or move it away to migrate again',
      cause: error,
    });
  }
}

function folders(dir: string): string[] {
  return entries(dir)
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** What is in a folder; nothing where there is none, as when it was removed this moment. */
function entries(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function jobNumber(result: ServerResult): number {
  const match = /\/(\d+)$/.exec(result.job);
  if (match === null) throw new TypeError(`not a job id: ${result.job}`);
  return Number(match[1]);
}

/** Names come checked from the inventory; a result must not be written elsewhere even if one was not. */
function folderName(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw new TypeError(`not a name: ${JSON.stringify(name)}`);
  }
  return name;
}
