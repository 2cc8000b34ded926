import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import { toolEnvironment } from '../toolEnvironment.js';

/**
 * Does something while no other process does it under the same lock file. The lock is the kernel's (flock), held by a
 * helper that ends when our end of its standard input closes: it is never left behind by a crash.
 *
 * @throws FleetliftError E-RELAY-TOOL where flock is missing, and whatever `action` throws
 */
export async function withLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const helper = spawn('flock', [file, 'sh', '-c', 'echo; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: toolEnvironment(),
  });
  const ended = once(helper, 'exit').catch(() => undefined);
  const taken = once(helper.stdout, 'data').then(() => true);
  // A process that could not be started emits `error` and no `exit`: `ended` then settles through its rejection.
  if (!(await Promise.race([taken, ended.then(() => false)]))) {
    throw new FleetliftError('E-RELAY-TOOL', { message: `flock could not lock ${file}` });
  }
  try {
    return await action();
  } finally {
    helper.stdin.end();
    await ended;
  }
}
