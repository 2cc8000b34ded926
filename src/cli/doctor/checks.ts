import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { formatBytes } from '../../console/units.js';
import { missingTools, type MissingTool } from '../../relay/tools.js';
import type { StateLayout } from '../../state/layout.js';

export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'broken';
  readonly message: string;
  /** The command that repairs it; null: nothing to repair. */
  readonly remedy: string | null;
}

/** Below this a relay can hardly take one server. */
export const LITTLE_SPACE_BYTES = 10 * 1024 ** 3;

/**
 * Whether everything that a relay runs is installed; one command for all that is missing.
 *
 * @param isRelay - this machine is one, since its service is the embedded one; else it may be one, or need none of it
 */
export function checkTools(isRelay: boolean, env: NodeJS.ProcessEnv = process.env): Check {
  const missing = missingTools(env);
  if (missing.length === 0) {
    return { name: 'relay tools', state: 'ok', message: 'all are installed', remedy: null };
  }
  const { message, remedy } = toolsToInstall(missing);
  if (isRelay) return { name: 'relay tools', state: 'broken', message, remedy };
  return {
    name: 'relay tools',
    state: 'warning',
    message,
    remedy: `only if this machine is a relay: ${remedy}`,
  };
}

/** What is missing, and the command that installs it. */
export function toolsToInstall(missing: readonly MissingTool[]): { message: string; remedy: string } {
  const packages = [...new Set(missing.map(([, name]) => name))];
  return {
    message: `missing: ${missing.map(([tool]) => tool).join(', ')}`,
    remedy: `apt-get -y install ${packages.join(' ')}`,
  };
}

/** The embedded relay attaches disks and mounts filesystems. */
export function checkRoot(): Check {
  const uid = process.getuid?.() ?? -1;
  if (uid === 0) return { name: 'rights', state: 'ok', message: 'root', remedy: null };
  return {
    name: 'rights',
    state: 'warning',
    message: `user id ${uid}: enough for the commands, not for the embedded relay`,
    remedy: 'run the service as root, or use relays on other machines',
  };
}

/** The state folder and the room in it, which is where the embedded relay's replicas and images lie. */
export function checkStateDir(layout: StateLayout): Check[] {
  const where = nearestExisting(layout.dir);
  if (!isWritable(where)) {
    return [
      {
        name: 'state folder',
        state: 'broken',
        message: `${where} cannot be written`,
        remedy: 'check its owner and mode, or name another one with --state-dir',
      },
    ];
  }
  const { bavail, bsize } = statfsSync(where);
  const freeBytes = bavail * bsize;
  const little = freeBytes < LITTLE_SPACE_BYTES;
  return [
    {
      name: 'state folder',
      state: 'ok',
      message: where === layout.dir ? layout.dir : `${layout.dir}, made at the first use`,
      remedy: null,
    },
    {
      name: 'disk space',
      state: little ? 'warning' : 'ok',
      message: `${formatBytes(freeBytes)} free for replicas and images`,
      remedy: little ? 'free space, or name another folder with --state-dir' : null,
    },
  ];
}

/** KVM that opens may still not run a kernel: the relay tries before it believes it. */
export function checkKvm(): Check {
  if (isWritable('/dev/kvm')) {
    return {
      name: 'KVM',
      state: 'ok',
      message: '/dev/kvm opens; the relay tries it with a kernel at its first boot',
      remedy: null,
    };
  }
  return {
    name: 'KVM',
    state: 'warning',
    message: 'no /dev/kvm: images are booted by emulation, some times slower',
    remedy: null,
  };
}

function nearestExisting(dir: string): string {
  let current = dir;
  while (!existsSync(current)) current = join(current, '..');
  return current;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
