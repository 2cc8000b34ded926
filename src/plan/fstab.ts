import type { FilesystemFacts, MountFacts, SourceFacts } from '../model/facts.js';
import type { FstabEntry } from '../model/plan.js';
import { deviceEntry, mountEntry } from './fstabEntries.js';
import { fstabKind } from './fstabKinds.js';
import { decodeField, encodeField, parseFstab, type FstabLine } from './fstabLines.js';
import { findFilesystem, findSwap } from './fstabSpecs.js';
import { firstMount, type Migrated } from './migrated.js';
import { isSubvolumeRoot } from './subvolumes.js';

export interface PlannedFstab {
  readonly entries: FstabEntry[];
  readonly remarks: string[];
}

/**
 * The image's fstab from the source's: every disk by UUID, options and numbers kept, what is not migrated left out, and
 * what was mounted by hand added. Fields are written as fstab wants them (spaces as `\040`).
 */
export function planFstab(facts: SourceFacts, migrated: Migrated): PlannedFstab {
  const remarks: string[] = [];
  const entries = parseFstab(facts.fstab).flatMap((line): FstabEntry[] => {
    const entry = rewrite(line, facts, migrated);
    if (entry !== null) return [entry];
    remarks.push(`fstab: ${line.spec} on ${line.file} (${line.type}) is left out: it is not migrated`);
    return [];
  });
  const named = new Set(entries.map((entry) => decodeField(entry.file)));
  for (const { filesystem, mount } of mountsOf(migrated)) {
    if (named.has(mount.mountpoint)) continue;
    named.add(mount.mountpoint);
    const entry = mountEntry(filesystem, mount);
    if (mount.mountpoint === '/') {
      entries.unshift(entry);
    } else {
      entries.push(entry);
      remarks.push(`fstab: ${mount.mountpoint} was mounted but not listed; it is added`);
    }
  }
  return { entries: [...entries, ...missingSwaps(facts, entries)], remarks };
}

/** Null: what the line names does not arrive. */
function rewrite(line: FstabLine, facts: SourceFacts, migrated: Migrated): FstabEntry | null {
  switch (fstabKind(line)) {
    case 'swap': {
      const swap = findSwap(line.spec, facts);
      if (swap === null) return null;
      const options = line.options.filter((option) => option !== '_netdev');
      const spec = swap.kind === 'partition' ? `UUID=${swap.uuid}` : line.spec;
      return entryOf(line, spec, options.length > 0 ? options : ['defaults']);
    }
    case 'network':
      return entryOf(line, line.spec, withOptions(line.options, ['_netdev', 'nofail']));
    case 'loop':
      return entryOf(line, line.spec, withOptions(line.options, ['nofail']));
    case 'bind':
    case 'pseudo':
      return entryOf(line, line.spec, line.options);
    case 'device': {
      const all = [...migrated.filesystems, ...(migrated.esp === null ? [] : [migrated.esp])];
      const filesystem = findFilesystem(line, all);
      return filesystem === null ? null : deviceEntry(line, filesystem);
    }
  }
}

function entryOf(line: FstabLine, spec: string, options: readonly string[]): FstabEntry {
  const { file, type, dump, pass } = line;
  return { spec, file, type, options: options.join(','), dump, pass };
}

function withOptions(options: readonly string[], more: readonly string[]): readonly string[] {
  return [...options, ...more.filter((one) => !options.includes(one))];
}

/** Mounts of whole filesystems and subvolumes; a bind mount of a folder is none, nor is one that lives in /run. */
function mountsOf(migrated: Migrated): { filesystem: FilesystemFacts; mount: MountFacts }[] {
  return [...migrated.filesystems, ...(migrated.esp === null ? [] : [migrated.esp])].flatMap((filesystem) =>
    filesystem.mounts
      .filter((mount) => mount === firstMount(filesystem) || isWhole(filesystem, mount))
      .filter((mount) => !mount.mountpoint.startsWith('/run/'))
      .map((mount) => ({ filesystem, mount })),
  );
}

function isWhole({ features }: FilesystemFacts, { root }: MountFacts): boolean {
  return features.family === 'btrfs' ? isSubvolumeRoot(features, root) : root === '/';
}

function missingSwaps(facts: SourceFacts, entries: readonly FstabEntry[]): FstabEntry[] {
  const named = new Set(entries.filter((entry) => entry.type === 'swap').map((entry) => entry.spec));
  return facts.swaps
    .map((swap) => (swap.kind === 'partition' ? `UUID=${swap.uuid}` : encodeField(swap.path)))
    .filter((spec) => !named.has(spec))
    .map((spec) => ({ spec, file: 'none', type: 'swap', options: 'sw,nofail', dump: 0, pass: 0 }));
}
