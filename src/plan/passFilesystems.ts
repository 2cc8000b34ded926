import type { FilesystemFacts, MountFacts, SourceFacts } from '../model/facts.js';
import type { Server } from '../model/fleet.js';
import { ESP } from '../model/plan.js';
import type { PassFilesystem, ReadMethod } from '../model/transfer.js';
import { espRoomBytes } from './espFiles.js';
import { sortFilesystems } from './migrated.js';

/**
 * How each filesystem of a source is read in a pass, and the operator's excludes for it. The agent adds its own folder
 * and the swap files.
 *
 * @param snapshots - ids of those that are read from snapshots
 * @throws FleetliftError E-FS-UNSUPPORTED
 */
export function passFilesystems(
  facts: SourceFacts,
  server: Server,
  snapshots: readonly string[] = [],
): PassFilesystem[] {
  const { filesystems } = sortFilesystems(facts);
  return filesystems.map((one) => ({
    id: one.id,
    read: readMethod(one, snapshots),
    excludes: (server.sync.excludes[one.disk] ?? []).flatMap((pattern) =>
      translate(pattern, one, filesystems),
    ),
  }));
}

/** How the files of the source's ESP are read, where it has one that the relay's room for them holds. */
export function espPart(facts: SourceFacts): PassFilesystem[] {
  const { esp } = sortFilesystems(facts);
  if (esp === null || espRoomBytes(esp) === 0) return [];
  // lost+found is the relay's own, on the disk that it makes for them.
  return [{ id: ESP, read: readMethod(esp, []), excludes: ['/lost+found'] }];
}

/** A snapshot where there is one. A mount that shows the whole filesystem is bound; else the device is mounted once more. */
function readMethod(one: FilesystemFacts, snapshots: readonly string[]): ReadMethod {
  if (snapshots.includes(one.id)) return { kind: 'snapshot' };
  const whole = one.mounts.find((mount) => mount.root === '/');
  return whole === undefined
    ? { kind: 'device', device: one.device, type: one.type }
    : { kind: 'bind', mountpoint: whole.mountpoint };
}

/**
 * Patterns are written relative to the disk's mount point: `/` for the system disk, each filesystem's own for a data
 * disk. An anchored one is moved to where the path lies inside the filesystem; the others match at any depth as they are.
 */
function translate(pattern: string, one: FilesystemFacts, all: readonly FilesystemFacts[]): string[] {
  if (!pattern.startsWith('/')) return [pattern];
  if (one.disk !== 'system') {
    return [...new Set(one.mounts.map((mount) => join(mount.root, pattern)))];
  }
  const inside = one.mounts
    .filter((mount) => isDeepest(pattern, mount, all))
    .flatMap((mount) => {
      const rest = below(pattern, mount.mountpoint);
      return rest === null ? [] : [join(mount.root, rest)];
    });
  // A folder that is left out takes along what is mounted below it.
  const around = pattern.endsWith('/')
    ? one.mounts.filter((mount) => `${mount.mountpoint}/`.startsWith(pattern))
    : [];
  return [...new Set([...inside, ...around.map((mount) => join(mount.root, '/*'))])];
}

/** Whether no other mount lies between this one and the path. */
function isDeepest(path: string, mount: MountFacts, all: readonly FilesystemFacts[]): boolean {
  const depth = (one: MountFacts): number =>
    below(path, one.mountpoint) === null ? -1 : one.mountpoint.length;
  return all.every((other) => other.mounts.every((one) => depth(one) <= depth(mount)));
}

/** The path relative to a mount point, with a leading slash; null: it is not below it. */
function below(path: string, mountpoint: string): string | null {
  if (mountpoint === '/') return path;
  return path.startsWith(`${mountpoint}/`) && path.length > mountpoint.length + 1
    ? path.slice(mountpoint.length)
    : null;
}

function join(root: string, path: string): string {
  return root === '/' ? path : `${root}${path}`;
}
