import type { FilesystemFacts, SourceFacts, SwapFacts } from '../model/facts.js';
import { decodeField, type FstabLine } from './fstabLines.js';

/**
 * The filesystem that an fstab line means. What is mounted at its place now is what it means, in whatever form it names
 * the device; a line that is not mounted is resolved by device, UUID or label.
 */
export function findFilesystem(
  line: FstabLine,
  filesystems: readonly FilesystemFacts[],
): FilesystemFacts | null {
  const file = decodeField(line.file);
  return (
    filesystems.find((one) => one.mounts.some((mount) => mount.mountpoint === file)) ??
    filesystems.find((one) => names(line.spec, one)) ??
    null
  );
}

/** The active swap that such a name of a device means; one in a form that cannot be resolved means the only one left. */
export function findSwap(spec: string, facts: SourceFacts): SwapFacts | null {
  const found = facts.swaps.find((swap) =>
    swap.kind === 'file' ? decodeField(spec) === swap.path : names(spec, { ...swap, device: swap.path }),
  );
  if (found !== undefined) return found;
  const partitions = facts.swaps.filter((swap) => swap.kind === 'partition');
  return isOpaque(spec) && partitions.length === 1 ? (partitions[0] ?? null) : null;
}

interface Named {
  readonly device: string;
  readonly uuid: string;
  readonly label: string;
}

function names(spec: string, { device, uuid, label }: Named): boolean {
  const [, tag, value] = /^(UUID|LABEL)="?([^"]*)"?$/.exec(spec) ?? [];
  if (tag === 'UUID') return sameUuid(value ?? '', uuid);
  if (tag === 'LABEL') return label !== '' && decodeField(value ?? '') === label;
  const path = decodeField(spec);
  const [, by, name] = /^\/dev\/disk\/by-(uuid|label)\/(.+)$/.exec(path) ?? [];
  if (by === 'uuid') return sameUuid(name ?? '', uuid);
  if (by === 'label') return label !== '' && udevDecode(name ?? '') === label;
  return path === device || mapperName(path) === mapperName(device);
}

/** Forms that only the source's udev could resolve. */
function isOpaque(spec: string): boolean {
  return /^PART(UUID|LABEL)=|^\/dev\/(disk\/by-(id|path|partuuid|partlabel)|mapper|dm-\d|[^/]+\/[^/]+$)/.test(
    spec,
  );
}

function sameUuid(a: string, b: string): boolean {
  return b !== '' && a.toLowerCase() === b.toLowerCase();
}

/** `/dev/VG/LV` and `/dev/mapper/VG-LV` are one device; dashes inside the names are doubled in the second. */
function mapperName(path: string): string {
  const lv = /^\/dev\/(?!mapper\/|disk\/|md\/)([^/]+)\/([^/]+)$/.exec(path);
  if (lv === null) return path;
  const [vg, name] = [String(lv[1]), String(lv[2])].map((part) => part.replaceAll('-', '--'));
  return `/dev/mapper/${String(vg)}-${String(name)}`;
}

/** udev writes unusual characters of a label as `\x20`. */
function udevDecode(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
