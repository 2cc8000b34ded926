import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { FleetliftError } from '../errors/FleetliftError.js';
import { toolEnvironment } from '../toolEnvironment.js';

/** A bundle of ours needs 8 MB to be unpacked; one that wants more is not ours. */
const WINDOW_MB = 64;

/**
 * Compresses a stream into a file.
 *
 * @throws FleetliftError E-RELAY-TOOL where zstd is not installed, E-EVIDENCE-WRITE where the file cannot be written
 */
export async function compressInto(bytes: Readable, file: string): Promise<void> {
  const result = await execa('zstd', ['-q', '-f', '-o', file, '-'], {
    ...options(),
    input: bytes,
  });
  if (!result.failed) return;
  if (result.code === 'ENOENT') throw missingTool();
  throw new FleetliftError('E-EVIDENCE-WRITE', {
    message: `${file} cannot be written: ${result.stderr.trim()}`,
  });
}

export interface Decompression {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Why the bytes ended before the file's end; null: they did not, or were given up. */
  readonly failure: Promise<string | null>;
  readonly giveUp: () => void;
}

/** Unpacks a file as a stream. What is damaged is told by `failure`, after the bytes before it. */
export function decompress(file: string): Decompression {
  const child = execa('zstd', ['-q', '-d', '-c', `--memory=${WINDOW_MB}MB`], {
    ...options(),
    inputFile: file,
    encoding: 'buffer',
    buffer: { stdout: false, stderr: true },
  });
  let isGivenUp = false;
  const failure = child.then((result) => {
    if (result.exitCode === 0 || isGivenUp) return null;
    if (result.code === 'ENOENT') throw missingTool();
    return Buffer.from(result.stderr).toString().trim() || result.shortMessage || 'zstd ended early';
  });
  const giveUp = (): void => {
    isGivenUp = true;
    child.kill();
  };
  return { bytes: child.stdout, failure, giveUp };
}

function options() {
  return { reject: false, extendEnv: false, env: toolEnvironment() } as const;
}

function missingTool(): FleetliftError {
  return new FleetliftError('E-RELAY-TOOL', {
    message: 'zstd is not installed on this machine',
    remedy: 'apt-get install zstd',
  });
}
