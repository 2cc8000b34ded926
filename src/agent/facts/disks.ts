import type { DiskFacts, FilesystemFacts, SwapFacts } from '../../model/facts.js';
import type { Unplaced } from './filesystems.js';
import { byDeviceName } from './naturalOrder.js';
import type { Storage } from './storage.js';
import { capped } from './values.js';

const MAX_DISKS = 256;
const MAX_FILESYSTEMS = 1024;

export interface PlacedStorage {
  readonly disks: readonly DiskFacts[];
  readonly filesystems: readonly FilesystemFacts[];
  readonly swaps: readonly SwapFacts[];
}

/** Counts every filesystem and swap to a disk, names the disks, and puts all in order: `/` first. */
export function placeOnDisks(
  storage: Storage,
  filesystems: readonly Unplaced<FilesystemFacts>[],
  swaps: readonly Unplaced<SwapFacts>[],
): PlacedStorage {
  const system = filesystems.find(holdsRoot)?.stack.disks[0];
  const names = [...new Set([...filesystems, ...swaps].flatMap(({ stack }) => stack.disks.slice(0, 1)))];
  names.sort((a, b) => Number(b === system) - Number(a === system) || byDeviceName(a, b));
  const first = system === undefined ? 1 : 0;
  const ids = new Map(
    capped(names, MAX_DISKS, 'disks').map((name, index) => [
      name,
      name === system ? 'system' : `disk${index + first}`,
    ]),
  );
  const rank = ({ stack }: Pick<Unplaced<unknown>, 'stack'>) => names.indexOf(stack.disks[0] ?? '');
  const diskOf = ({ stack }: Pick<Unplaced<unknown>, 'stack'>) => ids.get(stack.disks[0] ?? '') ?? 'disk1';
  return {
    disks: names.map((name) => diskFacts(storage, name, ids.get(name) ?? name)),
    filesystems: [...capped(filesystems, MAX_FILESYSTEMS, 'filesystems')]
      .sort(
        (a, b) =>
          Number(holdsRoot(b)) - Number(holdsRoot(a)) || rank(a) - rank(b) || byDeviceName(a.block, b.block),
      )
      .map(({ stack, facts }, index) => ({
        id: `fs${index}`,
        disk: diskOf({ stack }),
        ...facts,
      })),
    swaps: [...swaps]
      .sort(
        (a, b) =>
          rank(a) - rank(b) || byDeviceName(a.block, b.block) || byDeviceName(a.facts.path, b.facts.path),
      )
      .map(({ stack, facts }) => ({ ...facts, disk: diskOf({ stack }) })),
  };
}

function holdsRoot({ facts }: Unplaced<FilesystemFacts>): boolean {
  return facts.mounts[0]?.mountpoint === '/';
}

function diskFacts(storage: Storage, name: string, id: string): DiskFacts {
  const device = storage.devices.get(name);
  return {
    id,
    device: device?.node ?? `/dev/${name.replace(/!/g, '/')}`,
    sizeBytes: device?.sizeBytes ?? 0,
    table: tableOf(storage, name),
  };
}

/** A disk says what its table is; where it has no node, its partitions do. */
function tableOf({ devices, signatures }: Storage, disk: string): DiskFacts['table'] {
  const partitions = [...devices.values()].filter(({ parent }) => parent === disk);
  const schemes = [
    signatures.get(disk)?.get('PTTYPE'),
    ...partitions.map(({ name }) => signatures.get(name)?.get('PART_ENTRY_SCHEME')),
  ];
  return schemes.find((scheme) => scheme === 'gpt' || scheme === 'dos') ?? 'none';
}
