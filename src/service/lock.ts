import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { FleetliftError } from '../errors/FleetliftError.js';
import { toolEnvironment } from '../toolEnvironment.js';

/**
 * Takes the exclusive lock of a state folder for the rest of this process's life; false: another process has it.
 *
 * Node has no flock(2), so util-linux's `flock` locks our open file: the lock belongs to the file description and
 * stays with us when that helper ends. The kernel frees it whatever way we die, so it is never stale.
 */
export function takeLock(lockFile: string): boolean {
  const file = openSync(lockFile, 'a', 0o600);
  const helper = spawnSync('flock', ['--nonblock', '--conflict-exit-code', '75', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
    encoding: 'utf8',
    env: toolEnvironment(),
  });
  if (helper.status === 0) return true;
  closeSync(file);
  if (helper.status === 75) return false;
  throw new FleetliftError('E-SERVICE', {
    message: `the lock ${lockFile} cannot be taken: ${helper.error?.message ?? helper.stderr.trim()}`,
    remedy: 'install it with: apt-get -y install util-linux',
  });
}
