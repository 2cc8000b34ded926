import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { PROJECT_DIR } from '../../lab/paths.js';

export type DifferenceKind =
  | 'missing'
  | 'extra'
  | 'type'
  | 'mode'
  | 'owner'
  | 'mtime'
  | 'size'
  | 'content'
  | 'target'
  | 'hardlinks'
  | 'xattr'
  | 'acl'
  | 'capability'
  | 'device'
  /** Takes more than 110 % of the space it takes on the left. */
  | 'sparse';

export interface TreeDifference {
  /** Relative path with everything but printable ASCII, and the backslash, as `\xNN`. */
  readonly path: string;
  /** The same path's bytes as hexadecimal digits. */
  readonly bytes: string;
  readonly kind: DifferenceKind;
  readonly left: string;
  readonly right: string;
  /** ctime of the original, seconds since the epoch; of one that is not there, its folder's. */
  readonly leftChangedAt: number;
}

export interface TreeComparison {
  /** Files of every kind on the left. */
  readonly files: number;
  readonly differences: readonly TreeDifference[];
}

/**
 * Compares two folders file by file, without rsync; the left one is the original.
 * @param skip - Relative paths left out on both sides, with all they hold.
 */
export async function compareTrees(
  left: string,
  right: string,
  skip: readonly (string | Buffer)[] = [],
): Promise<TreeComparison> {
  const skipped = skip.map((path) => Buffer.from(path).toString('hex'));
  const { stdout } = await execa('python3', [PROGRAM, left, right, ...skipped], {
    maxBuffer: 512 * 1024 * 1024,
  });
  return JSON.parse(stdout) as TreeComparison;
}

const PROGRAM = join(PROJECT_DIR, 'test/support/compare.py');

/** `node dist/test/support/compare.js LEFT RIGHT [--json]`: exit status 1 where there are differences. */
async function main(args: readonly string[]): Promise<void> {
  const [left, right] = args.filter((arg) => !arg.startsWith('-'));
  if (left === undefined || right === undefined) {
    console.error('usage: compare LEFT RIGHT [--json]');
    process.exitCode = 2;
    return;
  }
  const comparison = await compareTrees(left, right);
  if (args.includes('--json')) console.log(JSON.stringify(comparison, null, 2));
  else {
    for (const { path, kind, left: was, right: is } of comparison.differences) {
      console.log(`${kind}\t${path}\t${was}\t${is}`);
    }
    console.log(`${comparison.files} files, ${comparison.differences.length} differences`);
  }
  process.exitCode = comparison.differences.length === 0 ? 0 : 1;
}

const entry = process.argv[1];
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
