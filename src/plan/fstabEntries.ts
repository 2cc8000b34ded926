import type { FilesystemFacts, MountFacts } from '../model/facts.js';
import type { FstabEntry } from '../model/plan.js';
import { decodeField, encodeField, type FstabLine } from './fstabLines.js';
import { isDefaultRoot, rootOf } from './subvolumes.js';

/** Options that name a device, which is another one in the image, or an id that changes; every disk is a local one there. */
const DEVICE_OPTION =
  /^(subvolid|subvol|device|logdev|rtdev|journal_dev|journal_path)=|^_netdev$|^x-systemd\.(requires|after|before|requires-mounts-for)=\/dev\//;

/** Options of a mount that are an operator's wish and not a kernel's default. */
const WISHES =
  /^(ro|noatime|nodiratime|strictatime|nodev|nosuid|noexec|sync|dirsync|discard(=async)?|compress(-force)?=.*|autodefrag|nodatacow|u(sr)?quota|g(rp)?quota|p(rj)?quota|data=.*|commit=\d+|noacl|nobarrier)$/;

/** A line of the source's fstab for a filesystem that is migrated. */
export function deviceEntry(line: FstabLine, filesystem: FilesystemFacts): FstabEntry {
  const file = decodeField(line.file);
  return {
    spec: `UUID=${filesystem.uuid}`,
    file: line.file,
    type: line.type === 'auto' ? filesystem.type : line.type,
    options: finish(imageOptions(line, filesystem), filesystem, file),
    dump: line.dump,
    pass: line.pass,
  };
}

/** The options of such a line that hold in the image, with the subvolume by its name. */
export function imageOptions(line: FstabLine, filesystem: FilesystemFacts): readonly string[] {
  const kept = line.options.filter((option) => !DEVICE_OPTION.test(option));
  const subvolume = subvolumeOf(line, filesystem, decodeField(line.file));
  return [...kept, ...subvolumeOption(filesystem, subvolume)];
}

/** A line for a mount that the source's fstab does not have. */
export function mountEntry(filesystem: FilesystemFacts, mount: MountFacts): FstabEntry {
  const isRoot = mount.mountpoint === '/';
  const wishes = mount.options.filter((option) => WISHES.test(option));
  const options = [
    'defaults',
    ...wishes.filter((option) => !(isRoot && option === 'ro')),
    ...subvolumeOption(filesystem, mount.root),
    ...(isRoot ? [] : ['nofail']),
  ];
  const checked = filesystem.features.family === 'ext';
  return {
    spec: `UUID=${filesystem.uuid}`,
    file: encodeField(mount.mountpoint),
    type: filesystem.type,
    options: finish(options, filesystem, mount.mountpoint),
    dump: 0,
    pass: checked ? (isRoot ? 1 : 2) : 0,
  };
}

/** A data disk or an ESP that is missing must not stop a boot. */
function finish(options: readonly string[], filesystem: FilesystemFacts, file: string): string {
  const optional = (filesystem.disk !== 'system' || filesystem.type === 'vfat') && file !== '/';
  const all = optional ? [...options, 'nofail'] : options;
  return [...new Set(all.length > 0 ? all : ['defaults'])].join(',');
}

/** What the line mounts: by its own words, else as it is mounted now, else the default subvolume (null). */
function subvolumeOf(line: FstabLine, filesystem: FilesystemFacts, file: string): string | null {
  const { features } = filesystem;
  if (features.family !== 'btrfs') return null;
  const named = valueOf(line, 'subvol');
  if (named !== null) return `/${decodeField(named).replace(/^\/+/, '')}`;
  const mounted = filesystem.mounts.find((mount) => mount.mountpoint === file)?.root ?? null;
  const id = valueOf(line, 'subvolid');
  if (id === null) return mounted === null || isDefaultRoot(features, mounted) ? null : mounted;
  return rootOf(features, Number(id)) ?? mounted;
}

function subvolumeOption({ features }: FilesystemFacts, root: string | null): string[] {
  if (features.family !== 'btrfs' || root === null) return [];
  return root === '/' && isDefaultRoot(features, root) ? [] : [`subvol=${encodeField(root)}`];
}

function valueOf(line: FstabLine, name: string): string | null {
  return line.options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
