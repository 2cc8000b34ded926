import type { FstabEntry } from '../model/plan.js';
import type { BootCheck } from './bootChecks.js';
import { safeLine } from './safeText.js';

/** One line of /proc/PID/mountinfo. */
export interface Mounted {
  /** Path inside the filesystem that is mounted, e.g. a btrfs subvolume. */
  readonly root: string;
  readonly mountpoint: string;
  readonly type: string;
  readonly source: string;
}

/** A boot in a closed network cannot have these. */
const NETWORK_TYPES = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'ceph',
  'glusterfs',
  'fuse.sshfs',
  '9p',
  'ocfs2',
]);

/** Every mount that the planned fstab makes at boot is there: the right filesystem, the right subvolume. */
export function mountChecks(
  fstab: readonly FstabEntry[],
  mounted: readonly Mounted[],
  uuids: ReadonlyMap<string, string>,
): BootCheck[] {
  // Where mounts lie over each other, the last one is what is seen.
  const seen = new Map(mounted.map((mount) => [mount.mountpoint, mount]));
  return fstab.filter(isMountedAtBoot).map((entry) => {
    const mount = seen.get(entry.file);
    const found = mount === undefined ? null : describe(mount, uuids.get(mount.mountpoint));
    const wrong = mount === undefined ? 'is not mounted' : whatIsWrong(entry, mount, uuids.get(entry.file));
    return {
      name: `mount ${safeLine(entry.file)}`,
      ok: wrong === null,
      detail: safeLine([wrong, found].filter((text) => text !== null).join('; ')),
    };
  });
}

/** Reads mountinfo, see proc(5): optional fields end with ` - `. */
export function parseMountinfo(text: string): Mounted[] {
  return text.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const [, , , root, mountpoint] = before?.split(' ') ?? [];
    const [type, source] = after?.split(' ') ?? [];
    if (root === undefined || mountpoint === undefined || type === undefined || source === undefined)
      return [];
    return [{ root: unescape(root), mountpoint: unescape(mountpoint), type, source: unescape(source) }];
  });
}

/** Reads `findmnt -rno TARGET,UUID`: UUIDs by mount point. */
export function parseFindmnt(text: string): Map<string, string> {
  const uuids = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [target, uuid] = line.split(' ');
    if (target !== undefined && uuid !== undefined && uuid !== '') uuids.set(unescapeHex(target), uuid);
    else if (target !== undefined) uuids.delete(unescapeHex(target));
  }
  return uuids;
}

function isMountedAtBoot({ spec, file, type, options }: FstabEntry): boolean {
  const words = options.split(',');
  return (
    type !== 'swap' &&
    file.startsWith('/') &&
    !NETWORK_TYPES.has(type) &&
    !words.includes('noauto') &&
    // What has a UUID is a disk of the image, whatever it was before.
    (spec.startsWith('UUID=') || !words.includes('_netdev'))
  );
}

function whatIsWrong(entry: FstabEntry, mount: Mounted, uuid: string | undefined): string | null {
  const options = entry.options.split(',');
  // An automount point stands in for the filesystem until somebody looks.
  if (mount.type === 'autofs' && options.some((word) => word.startsWith('x-systemd.automount'))) return null;
  const isBind = options.some((word) => word === 'bind' || word === 'rbind');
  if (!isBind && entry.type !== 'auto' && entry.type !== mount.type) return `should be ${entry.type}`;
  const wanted = /^UUID="?([^"]+)"?$/.exec(entry.spec)?.[1];
  if (wanted !== undefined && uuid === undefined) return `UUID should be ${wanted}, but cannot be read`;
  if (wanted !== undefined && uuid?.toLowerCase() !== wanted.toLowerCase()) return `UUID should be ${wanted}`;
  const subvolume = options.find((word) => word.startsWith('subvol='))?.slice('subvol='.length);
  if (subvolume !== undefined && trimSlashes(mount.root) !== trimSlashes(subvolume))
    return `should be the subvolume ${subvolume}`;
  return null;
}

function describe({ type, source, root }: Mounted, uuid: string | undefined): string {
  const below = root === '/' ? '' : `[${root}]`;
  return `${type} on ${source}${below}${uuid === undefined ? '' : ` UUID=${uuid}`}`;
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

/** The kernel writes space, tab, line end and backslash as octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** findmnt's raw output writes them as hexadecimal. */
function unescapeHex(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
