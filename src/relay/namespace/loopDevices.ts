import { open, readFile, readdir, type FileHandle } from 'node:fs/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { runPrefixed, type RunOptions } from '../runTool.js';
import { until } from '../until.js';

/** Part of a file that a loop device shows; bytes. */
export interface LoopRange {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export interface LoopOptions extends RunOptions {
  readonly readOnly?: boolean;
}

/** An attached loop device, held open by us: it vanishes by itself once we and its mounts let go of it. */
export interface LoopDevice {
  readonly path: string;
  /** Lets go of it; may be called again. The mounts made from it keep it alive. */
  release(): Promise<void>;
}

/** A loop device as the kernel lists it. */
export interface AttachedLoop {
  readonly path: string;
  readonly backFile: string;
  readonly offsetBytes: number;
}

/**
 * Attaches a part of a file to a free loop device. Needs no partition support of the kernel.
 *
 * @throws FleetliftError E-RELAY-DISK, E-RELAY-TOOL
 */
export async function attachLoop(
  prefix: readonly string[],
  file: string,
  range: LoopRange,
  options: LoopOptions = {},
): Promise<LoopDevice> {
  await waitUntilFree(prefix, file, range, options);
  const path = await setUp(prefix, file, range, options);
  const handle = await open(path, 'r');
  // While we hold it open this only marks it for autoclear: the kernel frees it with its last user.
  await runPrefixed(prefix, 'losetup', ['-d', path], options);
  await checkStillOurs(handle, path, file, range);
  let released = false;
  return {
    path,
    release: async () => {
      if (released) return;
      released = true;
      await handle.close();
    },
  };
}

/** Every attached loop device of this machine. */
export async function listLoops(): Promise<AttachedLoop[]> {
  const loops: AttachedLoop[] = [];
  for (const name of await readdir('/sys/block')) {
    if (!/^loop\d+$/.test(name)) continue;
    const backFile = await loopAttribute(name, 'backing_file');
    const offset = await loopAttribute(name, 'offset');
    if (backFile === null || offset === null) continue;
    loops.push({ path: `/dev/${name}`, backFile, offsetBytes: Number(offset) });
  }
  return loops;
}

/**
 * The same place mounted twice would be written by two kernels' worth of caches: a namespace that was killed must have
 * let go of it. A device that nobody has marked to free itself was left by a crash in the middle of an attach.
 */
async function waitUntilFree(
  prefix: readonly string[],
  file: string,
  range: LoopRange,
  options: LoopOptions,
): Promise<void> {
  const holders = async (): Promise<AttachedLoop[]> =>
    (await listLoops()).filter((loop) => loop.backFile === file && loop.offsetBytes === range.offsetBytes);
  const free = async (): Promise<boolean> => {
    const loops = await holders();
    for (const { path } of loops) {
      if ((await loopAttribute(path.slice('/dev/'.length), 'autoclear')) !== '0') continue;
      await runPrefixed(prefix, 'losetup', ['-d', path], { ...options, accept: [0, 1] });
    }
    return loops.length === 0;
  };
  if (await until(free, { deadlineMs: 60_000, signal: options.signal })) return;
  const names = (await holders()).map((loop) => loop.path).join(', ');
  throw new FleetliftError('E-RELAY-DISK', { message: `${file} is still in use through ${names}` });
}

async function setUp(
  prefix: readonly string[],
  file: string,
  range: LoopRange,
  options: LoopOptions,
): Promise<string> {
  const args = [
    '--find',
    '--show',
    '--offset',
    String(range.offsetBytes),
    '--sizelimit',
    String(range.sizeBytes),
    ...(options.readOnly === true ? ['--read-only'] : []),
  ];
  const failures: unknown[] = [];
  // Direct I/O keeps the data out of the page cache of the file below; not every filesystem below can do it.
  // Two losetups at once may be given the same free device: the one that comes late is refused and asks again.
  for (const directIo of ['on', 'on', 'on', 'off', 'off', 'off']) {
    try {
      const words = [...args, `--direct-io=${directIo}`, file];
      return (await runPrefixed(prefix, 'losetup', words, options)).stdout.trim();
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof FleetliftError) || error.code !== 'E-RELAY-DISK') throw error;
      failures.push(error);
    }
  }
  throw failures.at(-1);
}

/** Between `losetup` and our `open` somebody could have detached the device and given it to another file. */
async function checkStillOurs(
  handle: FileHandle,
  path: string,
  file: string,
  range: LoopRange,
): Promise<void> {
  const name = path.slice('/dev/'.length);
  const [backFile, offset] = [await loopAttribute(name, 'backing_file'), await loopAttribute(name, 'offset')];
  if (backFile === file && offset === String(range.offsetBytes)) return;
  await handle.close();
  throw new FleetliftError('E-RELAY-DISK', {
    message: `${path} was taken away while it was attached to ${file} (it now shows ${backFile ?? 'nothing'})`,
  });
}

async function loopAttribute(name: string, attribute: string): Promise<string | null> {
  try {
    return (await readFile(`/sys/block/${name}/loop/${attribute}`, 'utf8')).trimEnd();
  } catch {
    return null; // not attached, or detached while we looked
  }
}

/** The loop devices whose file lies below a folder. */
export async function loopsBelow(folder: string): Promise<AttachedLoop[]> {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return (await listLoops()).filter((loop) => loop.backFile.startsWith(prefix));
}
