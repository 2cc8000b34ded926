import type { SwapFacts } from '../../model/facts.js';
import { parseBlkid, type Signature } from './blkid.js';
import { stackOf } from './blockDevices.js';
import { linesOf, type Evidence } from './evidence.js';
import type { Unplaced } from './filesystems.js';
import { groupHolding, type MountGroup } from './mountGroups.js';
import type { Storage } from './storage.js';
import { capped, countOf, labelOf, pathOf, uuidOf } from './values.js';

type UnplacedSwap = Unplaced<SwapFacts>;

interface SwapRow {
  readonly kind: SwapFacts['kind'];
  readonly path: string;
  readonly sizeBytes: number;
  readonly signature: Signature;
}

const MAX_SWAPS = 64;
/** In a container, those of the whole machine and of its other containers are seen too. */
const MAX_ROWS = 1024;

/** The swaps in use, and those that fstab names: an initramfs may wait for one that is off now. */
export function readSwaps(
  evidence: Evidence,
  storage: Storage,
  groups: readonly MountGroup[],
): readonly UnplacedSwap[] {
  const rows = [...parseSwapRows(evidence.output('swaps') ?? ''), ...fstabRows(evidence, storage)];
  const found = new Map<string, UnplacedSwap>();
  for (const row of capped(rows, MAX_ROWS, 'swaps')) {
    const swap = place(row, storage, groups);
    if (swap !== null) found.set(`${swap.facts.kind} ${swap.facts.path}`, swap);
  }
  return capped([...found.values()], MAX_SWAPS, 'swaps');
}

/** Reads the agent's answer: `swap KIND BYTES PATH`, then what blkid found there. */
function parseSwapRows(text: string): SwapRow[] {
  return text
    .split(/^(?=swap (?:block|file) )/m)
    .filter((block) => block.startsWith('swap '))
    .map((block) => {
      const [, kind, bytes, path = ''] = /^swap (block|file) (\S+) (.*)$/m.exec(block) ?? [];
      return {
        kind: kind === 'block' ? 'partition' : 'file',
        path: pathOf(path, 'a swap'),
        sizeBytes: countOf(bytes, `the size of ${path}`),
        signature: parseBlkid(block),
      };
    });
}

/** Rows of fstab by UUID or label. */
function fstabRows(evidence: Evidence, storage: Storage): SwapRow[] {
  const specs = new Set(
    linesOf(evidence.file('/etc/fstab')).flatMap((line) => {
      const [spec = '', , type] = line.trim().split(/\s+/);
      return type === 'swap' && !spec.startsWith('#') ? [spec.replace(/"/g, '')] : [];
    }),
  );
  return [...storage.signatures].flatMap(([name, signature]): SwapRow[] => {
    const names = ['UUID', 'LABEL'].map((key) => `${key}=${signature.get(key) ?? ''}`);
    names.push(`PARTUUID=${signature.get('PART_ENTRY_UUID') ?? ''}`);
    const node = storage.devices.get(name)?.node ?? null;
    if (node === null || !names.some((one) => specs.has(one))) return [];
    return [{ kind: 'partition', path: node, sizeBytes: 0, signature }];
  });
}

/** null: not a swap of this machine (in a container, /proc/swaps is the whole machine's), or one in memory. */
function place(row: SwapRow, storage: Storage, groups: readonly MountGroup[]): UnplacedSwap | null {
  const { kind, path, signature } = row;
  if (!['swap', 'swsuspend'].includes(signature.get('TYPE') ?? '')) return null;
  const named = {
    uuid: uuidOf(signature.get('UUID'), `the UUID of ${path}`),
    label: labelOf(signature.get('LABEL'), `the label of ${path}`),
  };
  if (kind === 'file') {
    const group = groupHolding(groups, path);
    if (group === undefined) return null;
    const { block } = group;
    return {
      block,
      stack: stackOf(storage.devices, block),
      facts: { kind, path, ...named, sizeBytes: row.sizeBytes },
    };
  }
  const device = [...storage.devices.values()].find(
    ({ node, name }) => node === path || `/dev/${name.replace(/!/g, '/')}` === path,
  );
  if (device === undefined || /^zram\d/.test(device.name)) return null;
  const name = device.dmName === null ? path : pathOf(`/dev/mapper/${device.dmName}`, 'a swap');
  return {
    block: device.name,
    stack: stackOf(storage.devices, device.name),
    facts: { kind, path: name, ...named, sizeBytes: device.sizeBytes },
  };
}
