import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { labServers, labStatus } from '../../lab/lab.js';
import { DEFAULT_STATE_DIR } from '../../lab/paths.js';
import { isMachine } from '../../lab/servers.js';
import { serverDir } from '../../lab/state.js';
import { compareTrees, type TreeDifference } from './compare.js';
import { openNamespace, type Namespace } from './namespace.js';

export interface MountedFilesystem {
  readonly uuid: string;
  readonly type: string;
  /** Where fstab mounts it; null: nowhere. */
  readonly mountpoint: string | null;
  /** Its whole content: nothing is mounted over it, and of btrfs it is the top level. */
  readonly path: string;
}

export interface MountedDisks {
  /** The server's tree, put together as its fstab says. */
  readonly tree: string;
  readonly filesystems: readonly MountedFilesystem[];
  /** The subvolume that fstab mounts there; null: none. */
  subvolumeOf(mountpoint: string): string | null;
  /** Unmounts and removes everything. */
  dispose(): Promise<void>;
}

/** Mounts the disks of a lab server that is off, read-only. */
export async function mountLabDisks(
  name: string,
  stateDir: string = DEFAULT_STATE_DIR,
): Promise<MountedDisks> {
  const status = (await labStatus(stateDir)).find((server) => server.name === name);
  if (status?.power !== 'off') throw new Error(`${name} is not a lab server that is off`);
  const server = (await labServers(stateDir)).find((one) => one.name === name);
  if (server === undefined || isMachine(server))
    throw new Error(`${name} has no disks that this kernel mounts`);
  return mountDisks(server.kind.disks.map(({ file }) => join(serverDir(stateDir, name), file)));
}

/**
 * Mounts a server's disks or images (raw, or any format of qemu-img), read-only. The mounts are seen only through the
 * paths returned: they live in a namespace that ends with this process.
 */
export async function mountDisks(files: readonly string[]): Promise<MountedDisks> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetlift-disks-'));
  const namespace = await openNamespace();
  const dispose = async (): Promise<void> => {
    await namespace.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const parts: Part[] = [];
    for (const [index, file] of files.entries()) {
      for (const range of await partitionsOf(await asRaw(file, join(folder, `${index}.raw`)))) {
        const part = await mountPart(namespace, range, join(folder, `part${parts.length}`));
        if (part !== null) parts.push(part);
      }
    }
    const seen = (path: string): string => `/proc/${namespace.pid}/root${path}`;
    const entries = await readFstab(parts, seen);
    const tree = join(folder, 'tree');
    await assemble(namespace, parts, entries, tree);
    const filesystems = parts.map(({ uuid, type, path }) => ({
      uuid,
      type,
      mountpoint: entries.find((entry) => entry.uuid === uuid)?.mountpoint ?? null,
      path: seen(path),
    }));
    const subvolumeOf = (mountpoint: string): string | null =>
      entries.find((entry) => entry.mountpoint === mountpoint)?.subvolume ?? null;
    return { tree: seen(tree), filesystems, subvolumeOf, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * Compares filesystem by filesystem, so that files below mount points are compared too; the left ones are the
 * originals. Paths are given as they are in the mounted tree.
 */
export async function compareDisks(left: MountedDisks, right: MountedDisks): Promise<TreeDifference[]> {
  const differences: TreeDifference[] = [];
  for (const filesystem of left.filesystems) {
    const other = right.filesystems.find(({ uuid }) => uuid === filesystem.uuid);
    if (other === undefined) throw new Error(`no filesystem ${filesystem.uuid} on the right`);
    const comparison = await compareTrees(filesystem.path, other.path, ['lost+found']);
    const prefix = (filesystem.mountpoint ?? `(${filesystem.uuid})`).replace(/\/$/, '');
    differences.push(
      ...comparison.differences.map((difference) => ({
        ...difference,
        path: `${prefix}/${difference.path}`,
      })),
    );
  }
  return differences;
}

interface Range {
  readonly file: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

interface Part {
  readonly uuid: string;
  readonly type: string;
  readonly device: string;
  readonly path: string;
}

interface FstabEntry {
  readonly uuid: string;
  readonly mountpoint: string;
  readonly subvolume: string | null;
}

async function asRaw(file: string, converted: string): Promise<string> {
  const { stdout } = await execa('qemu-img', ['info', '--output=json', file]);
  const { format } = JSON.parse(stdout) as { format: string };
  if (format === 'raw') return file;
  await execa('qemu-img', ['convert', '-O', 'raw', file, converted]);
  return converted;
}

async function partitionsOf(file: string): Promise<Range[]> {
  const { stdout, exitCode } = await execa('sfdisk', ['--json', file], { reject: false });
  // A disk without a partition table is one filesystem.
  if (exitCode !== 0) return [{ file, offsetBytes: 0, sizeBytes: 0 }];
  const { partitiontable } = JSON.parse(stdout) as {
    partitiontable: { sectorsize?: number; partitions: { start: number; size: number }[] };
  };
  const sectorBytes = partitiontable.sectorsize ?? 512;
  return partitiontable.partitions.map(({ start, size }) => ({
    file,
    offsetBytes: start * sectorBytes,
    sizeBytes: size * sectorBytes,
  }));
}

/** Options that read a filesystem as it lies on the disk: no journal is played back, no second UUID is refused. */
const READ_OPTIONS: Readonly<Record<string, string>> = {
  ext2: 'ro',
  ext3: 'ro,noload',
  ext4: 'ro,noload',
  xfs: 'ro,norecovery,nouuid',
  btrfs: 'ro',
};

/** Null where the partition holds no filesystem that is compared: swap, boot loader, EFI system partition. */
async function mountPart(namespace: Namespace, range: Range, path: string): Promise<Part | null> {
  const device = await namespace.run('losetup', [
    ...['--find', '--show', '--read-only', '--offset', String(range.offsetBytes)],
    ...['--sizelimit', String(range.sizeBytes), range.file],
  ]);
  try {
    const probe = await execa('blkid', ['-p', '-o', 'export', device], { reject: false });
    const tags = new Map(probe.stdout.split('\n').map((line) => splitOnce(line, '=')));
    const [type, uuid] = [tags.get('TYPE'), tags.get('UUID')];
    const options = READ_OPTIONS[type ?? ''];
    if (type === undefined || uuid === undefined || options === undefined) return null;
    await mkdir(path);
    const top = type === 'btrfs' ? `${options},subvolid=5` : options;
    await namespace.run('mount', ['-t', type, '-o', top, device, path]);
    return { uuid, type, device, path };
  } finally {
    // It goes with its last mount.
    await namespace.run('losetup', ['--detach', device]);
  }
}

async function readFstab(parts: readonly Part[], seen: (path: string) => string): Promise<FstabEntry[]> {
  for (const part of parts) {
    const text = await fstabIn(seen(part.path));
    if (text === null) continue;
    return text.split('\n').flatMap((line) => {
      const [device, mountpoint, , options] = line.trim().split(/\s+/);
      const uuid = /^UUID=(.+)$/.exec(device ?? '')?.[1];
      if (uuid === undefined || mountpoint === undefined || !mountpoint.startsWith('/')) return [];
      return [{ uuid, mountpoint, subvolume: /(?:^|,)subvol=([^,]+)/.exec(options ?? '')?.[1] ?? null }];
    });
  }
  throw new Error(`none of ${parts.map(({ path }) => basename(path)).join(', ')} has an /etc/fstab`);
}

/** The root may lie in a subvolume, which has this name wherever an installer made it. */
async function fstabIn(path: string): Promise<string | null> {
  for (const root of ['', '@']) {
    const text = await readFile(join(path, root, 'etc/fstab'), 'utf8').catch(() => null);
    if (text !== null) return text;
  }
  return null;
}

async function assemble(
  namespace: Namespace,
  parts: readonly Part[],
  entries: readonly FstabEntry[],
  tree: string,
): Promise<void> {
  await mkdir(tree);
  const byDepth = [...entries].sort((a, b) => a.mountpoint.length - b.mountpoint.length);
  for (const { uuid, mountpoint, subvolume } of byDepth) {
    const part = parts.find((one) => one.uuid === uuid);
    if (part === undefined) continue;
    await namespace.run('mount', ['--bind', join(part.path, subvolume ?? ''), join(tree, mountpoint)]);
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
