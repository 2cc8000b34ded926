import type { BtrfsFeatures, BtrfsSubvolume } from '../../../model/facts.js';
import { agentOutputError } from '../agentOutput.js';
import { linesOf } from '../evidence.js';
import { capped, countOf, wordOf } from '../values.js';

const TOP_LEVEL = 5;
/** snapper and Docker keep hundreds. */
const MAX_SUBVOLUMES = 20_000;
/** A snapshot that an agent of ours has taken: none of the server's. */
const OURS = /^\.fleetlift-\d+\/\d+$/;

export interface BtrfsEvidence {
  /** `btrfs inspect-internal dump-super -f` */
  readonly superblock: string;
  /** `btrfs subvolume list`, and `list -r` */
  readonly subvolumes: string | null;
  readonly readonlySubvolumes: string | null;
  /** `btrfs inspect-internal rootid` of the mount point that was listed */
  readonly listedSubvolume: string | null;
  readonly defaultSubvolume: string | null;
  /** `on`, where `btrfs qgroup show` shows any. */
  readonly quota: string | null;
}

/** Reads what the btrfs tools say of a filesystem. */
export function parseBtrfs(evidence: BtrfsEvidence): BtrfsFeatures {
  const { superblock } = evidence;
  const frozen = new Set(subvolumesOf(evidence.readonlySubvolumes).map(({ id }) => id));
  const flags = /^incompat_flags[^\n]*\n\s*\(([^()]*)\)/m.exec(superblock)?.[1] ?? '';
  return {
    family: 'btrfs',
    nodeSize: countOf(/^nodesize\s+(\d+)/m.exec(superblock)?.[1], 'the node size of btrfs'),
    checksum: wordOf(checksumOf(superblock), 'the checksum of btrfs'),
    incompat: flags
      .split('|')
      .map((flag) => flag.trim())
      .filter((flag) => flag !== '')
      .map((flag) => wordOf(flag.replace(/\s+/g, '_'), 'a feature of btrfs')),
    subvolumes: fullPaths(
      subvolumesOf(evidence.subvolumes),
      Number(evidence.listedSubvolume ?? TOP_LEVEL),
    ).map(({ id, path }) => ({
      id,
      path,
      readonly: frozen.has(id),
    })),
    defaultSubvolume: countOf(
      /^ID (\d+)/.exec(evidence.defaultSubvolume ?? '')?.[1] ?? String(TOP_LEVEL),
      'the default subvolume of btrfs',
    ),
    ...(evidence.quota?.trim() === 'on' ? { quota: true } : {}),
  };
}

function checksumOf(superblock: string): string | undefined {
  return (
    /^csum_type\s+\d+ \(([^()\n]+)\)/m.exec(superblock)?.[1] ?? /^csum_type\s+(\w+)/m.exec(superblock)?.[1]
  );
}

interface ListedSubvolume {
  readonly id: number;
  /** The subvolume that the path starts at. */
  readonly topLevel: number;
  readonly path: string;
}

/**
 * Paths below the top level. `btrfs subvolume list` writes those below the subvolume that is mounted where it looks from
 * there on.
 */
function fullPaths(
  list: readonly ListedSubvolume[],
  listedId: number,
): Pick<BtrfsSubvolume, 'id' | 'path'>[] {
  const listed = list.find(({ id }) => id === listedId)?.path;
  return list.map(({ id, topLevel, path }) => {
    const isRelative = listed !== undefined && topLevel === listedId && !path.startsWith(`${listed}/`);
    return { id, path: isRelative ? `${listed}/${path}` : path };
  });
}

function subvolumesOf(list: string | null): readonly ListedSubvolume[] {
  return capped(linesOf(list), MAX_SUBVOLUMES, 'subvolumes').flatMap((line) => {
    const [, id, topLevel, listedPath = ''] = /^ID (\d+) .*?top level (\d+) path (.+)$/.exec(line) ?? [];
    const path = listedPath.replace(/^<FS_TREE>\//, '');
    if (path === '' || path.split('/').includes('..')) {
      throw agentOutputError(`not a line of btrfs subvolume list: ${JSON.stringify(line.slice(0, 80))}`);
    }
    if (OURS.test(path)) return [];
    return [{ id: countOf(id, 'the id of a subvolume'), topLevel: countOf(topLevel, 'a top level'), path }];
  });
}
