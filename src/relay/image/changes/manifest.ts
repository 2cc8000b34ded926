import { rm } from 'node:fs/promises';
import { execa } from 'execa';
import { FleetliftError } from '../../../errors/FleetliftError.js';
import { toolEnvironment } from '../../../toolEnvironment.js';

/**
 * One record an inode and name: kind, inode, mode, owner, group, bytes, mtime, ctime, then the path, ended by NUL.
 * The kernel gives an inode a new ctime whatever is changed of it, so two equal records are the same content.
 */
const RECORD = '%y %i %m %U %G %s %T@ %C@ %P\\0';

/**
 * Lists a whole filesystem into a file, sorted by bytes.
 *
 * @throws FleetliftError E-RELAY-DISK
 */
export async function writeManifest(root: string, file: string, signal?: AbortSignal): Promise<void> {
  await rm(file, { force: true });
  const find = execa('find', ['.', '-printf', RECORD], {
    cwd: root,
    reject: false,
    encoding: 'buffer',
    buffer: { stdout: false },
    extendEnv: false,
    env: toolEnvironment(),
    ...cancel(signal),
  });
  const sort = find.pipe('sort', ['-z', '-o', file], {
    reject: false,
    extendEnv: false,
    env: toolEnvironment(),
    ...cancel(signal),
  });
  const [found, sorted] = await Promise.all([find, sort]);
  signal?.throwIfAborted();
  if (found.exitCode !== 0) throw failed('find', Buffer.from(found.stderr).toString());
  if (sorted.exitCode !== 0) throw failed('sort', sorted.stderr);
}

/** Records of two manifests that stand in one of them only, and so what changed, as raw paths. */
export async function differingPaths(before: string, after: string): Promise<Buffer[]> {
  const result = await execa('comm', ['-z', '-3', before, after], {
    encoding: 'buffer',
    reject: false,
    extendEnv: false,
    env: toolEnvironment(),
  });
  if (result.exitCode !== 0) throw failed('comm', Buffer.from(result.stderr).toString());
  const paths = new Map<string, Buffer>();
  for (const record of split(Buffer.from(result.stdout), 0)) {
    // comm writes a tab before what only the second file has.
    const path = pathOf(record[0] === TAB ? record.subarray(1) : record);
    paths.set(path.toString('latin1'), path);
  }
  return [...paths.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

const TAB = 9;
const SPACE = 32;
const FIELDS_BEFORE_PATH = 8;

function pathOf(record: Buffer): Buffer {
  let at = 0;
  for (let field = 0; field < FIELDS_BEFORE_PATH; field += 1) at = record.indexOf(SPACE, at) + 1;
  return record.subarray(at);
}

function split(bytes: Buffer, separator: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = bytes.indexOf(separator, at);
    const end = found === -1 ? bytes.length : found;
    parts.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return parts;
}

function cancel(signal: AbortSignal | undefined): { cancelSignal?: AbortSignal } {
  return signal === undefined ? {} : { cancelSignal: signal };
}

function failed(tool: string, said: string): FleetliftError {
  return new FleetliftError('E-RELAY-DISK', {
    message: `the list of files could not be made: ${tool}: ${said.slice(-1024)}`,
  });
}
