import type { UnmountedFacts } from '../../model/facts.js';
import { byDeviceName } from './naturalOrder.js';
import { stackOf } from './blockDevices.js';
import type { Storage } from './storage.js';
import { capped, readable } from './values.js';

/** Drives and disks in memory, whose content is not the server's. */
const NOT_A_DISK = /^(sr|fd|ram|zram)\d/;
/** Images that are only read. */
const READ_ONLY = new Set(['squashfs', 'iso9660', 'udf', 'erofs', 'cramfs']);
/** A snapshot of an agent of ours, by its name in device-mapper. */
const OURS = /-fleetlift--\d+--[a-z0-9]+$/;
const MAX_UNMOUNTED = 1024;

/**
 * Disks and partitions with content that nothing uses: they are not migrated, and an operator must be told.
 * @param used - Names in /sys of the devices of copied filesystems and swaps.
 */
export function findUnmounted(storage: Storage, used: readonly string[]): readonly UnmountedFacts[] {
  const { devices, signatures, blockMounts } = storage;
  const taken = new Set([...used, ...blockMounts.map(({ block }) => block)]);
  const passed = new Set([...taken].flatMap((name) => [...stackOf(devices, name).passed]));
  // Other devices of a mounted btrfs have its UUID.
  const uuids = new Set([...taken].map((name) => signatures.get(name)?.get('UUID')));
  const carriers = new Set([...devices.values()].flatMap(({ parent, below }) => [parent, ...below]));
  const mountSources = new Set(storage.mounts.map(({ source }) => source));

  const found = [...devices.values()]
    .filter(({ name, node, parent, isFile, dmName }) => {
      const signature = signatures.get(name);
      const type = signature?.get('TYPE');
      if (node === null || type === undefined || READ_ONLY.has(type) || NOT_A_DISK.test(name)) return false;
      if (isFile || (parent !== null && devices.get(parent)?.isFile === true)) return false;
      if (dmName !== null && OURS.test(dmName)) return false;
      if (passed.has(name) || carriers.has(name) || mountSources.has(node)) return false;
      return type !== 'btrfs' || !uuids.has(signature?.get('UUID'));
    })
    .sort((a, b) => byDeviceName(a.name, b.name));
  return capped(found, MAX_UNMOUNTED, 'unmounted devices').map(({ name, node, dmName, sizeBytes }) => ({
    device: dmName === null ? (node ?? name) : readable(`/dev/mapper/${dmName}`),
    sizeBytes,
    type: readable(signatures.get(name)?.get('TYPE') ?? ''),
  }));
}
