import { createHash } from 'node:crypto';
import { FleetliftError } from '../errors/FleetliftError.js';
import { isCompression } from '../model/compression.js';
import type { FilesystemFacts, SwapFacts } from '../model/facts.js';
import type { PlannedDisk, PlannedPartition } from '../model/plan.js';
import { espRoomBytes } from './espFiles.js';
import { firstMount } from './migrated.js';
import { ceilMiB, featuresForSize, filesystemSize, GIB, MIB } from './sizes.js';

/** First MiB: protective MBR, GPT, boot code. */
const LEAD_BYTES = MIB;
/** Last MiB: the GPT's copy. */
const TAIL_BYTES = MIB;
/** GRUB's core image with the modules of every filesystem it may have to read takes well under 1 MiB. */
const BIOS_BOOT_BYTES = 3 * MIB;
const ESP_BYTES = { default: 128 * MIB, least: 64 * MIB, most: 256 * MIB };

export interface DiskRequest {
  readonly disk: string;
  readonly filesystems: readonly FilesystemFacts[];
  readonly swaps: readonly SwapFacts[];
  /** The source's EFI system partition, where it has one; only for the system disk. */
  readonly esp: FilesystemFacts | null;
  /** Size the operator wishes for; null: as large as it must be. */
  readonly wishedBytes: number | null;
  /** Name of the server, for messages. */
  readonly server: string;
}

/**
 * Lays out one disk: on the system disk BIOS-boot and EFI partition, then swap, then filesystems with `/` as the last,
 * so that a cloud's tools can grow it.
 *
 * @throws FleetliftError E-DISK-SIZE where the wished size does not hold what is used
 */
export function layOutDisk(request: DiskRequest): PlannedDisk {
  const filesystems = rootLast(request.filesystems);
  const sizes = fitSizes(request, filesystems);
  const place = placer();
  const boot: PlannedPartition[] =
    request.disk === 'system'
      ? [
          { role: 'bios-boot', ...place(BIOS_BOOT_BYTES) },
          { role: 'esp', ...place(espBytes(request.esp)), ...espIdentity(request) },
        ]
      : [];
  const swaps = request.swaps.map((swap): PlannedPartition => ({
    role: 'swap',
    ...place(ceilMiB(swap.sizeBytes)),
    uuid: swap.uuid,
    label: swap.label,
  }));
  const content = filesystems.map((one, index): PlannedPartition => {
    const sizeBytes = sizes[index] ?? 0;
    const mount = firstMount(one);
    const compression = one.features.family === 'btrfs' ? mount.options.find(isCompression) : undefined;
    return {
      role: 'filesystem',
      ...place(sizeBytes),
      filesystem: one.id,
      type: one.type,
      uuid: one.uuid,
      label: one.label,
      features: featuresForSize(one, sizeBytes),
      ...(compression === undefined ? {} : { compression }),
      mountpoint: mount.mountpoint,
      mountRoot: mount.root,
    };
  });
  const partitions = [...boot, ...swaps, ...content];
  const last = partitions.at(-1);
  const usedBytes = (last === undefined ? LEAD_BYTES : last.startBytes + last.sizeBytes) + TAIL_BYTES;
  return { disk: request.disk, sizeBytes: request.wishedBytes ?? roundDisk(usedBytes), partitions };
}

/** Sizes of the filesystems, so that they fit the wished size: the last one grows, or all shrink in proportion. */
function fitSizes(request: DiskRequest, filesystems: readonly FilesystemFacts[]): readonly number[] {
  const sizes = filesystems.map(filesystemSize);
  const wanted = sizes.map((one) => one.wantedBytes);
  if (request.wishedBytes === null) return wanted;
  const room = request.wishedBytes - fixedBytes(request);
  const surplus = room - sum(wanted);
  if (surplus >= 0) return wanted.map((bytes, index) => bytes + (index === wanted.length - 1 ? surplus : 0));
  const least = sizes.map((one) => one.leastBytes);
  if (room < sum(least)) {
    const needed = Math.ceil((sum(least) + fixedBytes(request)) / GIB);
    const wished = request.wishedBytes / GIB;
    throw new FleetliftError('E-DISK-SIZE', {
      message: `disk ${request.disk} of ${request.server}: ${wished} GiB are wished for, its content needs ${needed} GiB`,
      remedy: `set image.disks.${request.disk}.sizeGiB to ${needed} or more, or remove it`,
    });
  }
  return shrink(wanted, least, -surplus);
}

/** Takes a deficit from what each filesystem can spare, in proportion, in whole MiB. */
function shrink(
  wanted: readonly number[],
  least: readonly number[],
  deficitBytes: number,
): readonly number[] {
  const spare = wanted.map((bytes, index) => bytes - (least[index] ?? bytes));
  const share = deficitBytes / sum(spare);
  let left = deficitBytes;
  return wanted.map((bytes, index) => {
    const own = spare[index] ?? 0;
    const taken = Math.min(own, left, Math.ceil((own * share) / MIB) * MIB);
    left -= taken;
    return bytes - taken;
  });
}

/** What a disk holds besides its filesystems. */
function fixedBytes(request: DiskRequest): number {
  const boot = request.disk === 'system' ? BIOS_BOOT_BYTES + espBytes(request.esp) : 0;
  return LEAD_BYTES + TAIL_BYTES + boot + sum(request.swaps.map((swap) => ceilMiB(swap.sizeBytes)));
}

function placer(): (sizeBytes: number) => { number: number; startBytes: number; sizeBytes: number } {
  let number = 0;
  let next = LEAD_BYTES;
  return (sizeBytes) => {
    const startBytes = next;
    next += sizeBytes;
    number += 1;
    return { number, startBytes, sizeBytes };
  };
}

/** Clouds charge and resize by the GiB; a small disk is not rounded up to twice its size. */
function roundDisk(bytes: number): number {
  const step = bytes >= 8 * GIB ? GIB : 16 * MIB;
  return Math.ceil(bytes / step) * step;
}

function espBytes(esp: FilesystemFacts | null): number {
  if (esp === null) return ESP_BYTES.default;
  const usual = ceilMiB(Math.min(Math.max(esp.sizeBytes, ESP_BYTES.least), ESP_BYTES.most));
  return Math.max(usual, espRoomBytes(esp));
}

/** The source's FAT serial number, by which its fstab may name the ESP; else one drawn from the disk's content. */
function espIdentity({ esp, filesystems }: DiskRequest): { mountpoint: string | null; uuid: string } {
  const mountpoint = esp === null ? null : firstMount(esp).mountpoint;
  const own = esp?.uuid.toUpperCase() ?? '';
  if (/^[0-9A-F]{4}-[0-9A-F]{4}$/.test(own)) return { mountpoint, uuid: own };
  const digest = createHash('sha256')
    .update(filesystems.map((one) => one.uuid).join())
    .digest('hex')
    .toUpperCase();
  return { mountpoint, uuid: `${digest.slice(0, 4)}-${digest.slice(4, 8)}` };
}

function rootLast(filesystems: readonly FilesystemFacts[]): readonly FilesystemFacts[] {
  const isRoot = (one: FilesystemFacts): boolean => firstMount(one).mountpoint === '/';
  return [...filesystems.filter((one) => !isRoot(one)), ...filesystems.filter(isRoot)];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
