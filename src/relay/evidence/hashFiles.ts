import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { projectFile } from '../../agent/projectFile.js';
import { toolEnvironment } from '../../toolEnvironment.js';

/** As every tool words it in the C locale. */
const NO_SPACE = 'No space left on device';
/** Ends with the worker, since it would hold the replica's mounts. */
const HASH = 'exec "$1" "$2" >"$3"';
/** Reads of files that are under way at a time: libuv takes four by itself. */
const THREADS = '8';

/**
 * Lists every plain file of each filesystem with its sha256 into `files/<filesystem>.sha256`, as `sha256sum --check`
 * reads it in the root of that filesystem; sorted by bytes.
 *
 * @param filesystems mounted read-only, by their ids
 * @throws FleetliftError E-RELAY-DISK where one cannot be read, E-RELAY-FULL where the list has no room
 */
export async function hashFiles(
  filesystems: ReadonlyMap<string, string>,
  evidence: string,
  signal?: AbortSignal,
): Promise<void> {
  const folder = join(evidence, 'files');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [id, root] of filesystems) {
    const list = join(folder, `${id}.sha256`);
    const temporary = `${list}.new`;
    try {
      await hashInto(root, temporary, signal);
      await rename(temporary, list);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

async function hashInto(root: string, file: string, signal: AbortSignal | undefined): Promise<void> {
  const options = {
    cwd: root,
    reject: false,
    extendEnv: false,
    env: toolEnvironment(),
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  } as const;
  const find = execa('find', ['.', '-type', 'f', '-print0'], {
    ...options,
    encoding: 'buffer',
    buffer: { stdout: false },
  });
  const sort = find.pipe('sort', ['-z'], { ...options, encoding: 'buffer', buffer: { stdout: false } });
  const program = projectFile('dist/src/relay/evidence/hashProgram.js');
  const words = ['--pdeathsig', 'KILL', 'sh', '-c', HASH, 'sh', process.execPath, program, file];
  const hash = sort.pipe('setpriv', words, {
    ...options,
    env: { ...options.env, UV_THREADPOOL_SIZE: THREADS },
  });
  const results = await Promise.all([find, sort, hash]);
  signal?.throwIfAborted();
  const failed = results.find(({ exitCode }) => exitCode !== 0);
  if (failed === undefined) return;
  const said = Buffer.from(failed.stderr).toString().trim();
  throw new FleetliftError(said.endsWith(NO_SPACE) ? 'E-RELAY-FULL' : 'E-RELAY-DISK', {
    message: `the files of the replica could not be listed with their hashes: ${said.slice(-1024)}`,
  });
}
