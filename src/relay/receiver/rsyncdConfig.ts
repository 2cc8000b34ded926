import type { JobPaths } from '../paths.js';
import { MODULE } from './layout.js';

/** Options that a source has no business to give; each would read, or write outside of what it sends. */
const REFUSED = ['remove-source-files', 'copy-devices', 'write-devices', 'iconv', 'log-file', 'fake-super'];

/** Configuration of the rsync daemon behind the forced command: one module, locked in, for writing only. */
export function rsyncdConfig(paths: JobPaths): string {
  return [
    'use chroot = yes',
    'uid = 0',
    'gid = 0',
    'numeric ids = yes',
    'munge symlinks = no',
    'reverse lookup = no',
    'charset =',
    'list = no',
    'timeout = 600',
    `log file = ${paths.log}/rsyncd.log`,
    `refuse options = ${REFUSED.join(' ')}`,
    '',
    `[${MODULE}]`,
    `path = ${paths.mnt}`,
    'read only = no',
    'write only = yes',
    '',
  ].join('\n');
}
