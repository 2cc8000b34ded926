import type { FilesystemFacts, SourceFacts } from '../model/facts.js';
import type { Server } from '../model/fleet.js';
import type { PlannedDisk } from '../model/plan.js';
import { bootKernel } from './bootKernel.js';
import { planEspFiles } from './espFiles.js';
import { buildsInitramfs } from './initramfsLack.js';
import { initramfsReason } from './initramfsReason.js';
import { firstMount, type Migrated } from './migrated.js';
import { snapshotsOf } from './sizes.js';
import { vendorLoader } from './vendorLoader.js';

/** What arrives differently, one sentence each, for the operator to read before anything starts. */
export function remarksOf(
  facts: SourceFacts,
  server: Server,
  migrated: Migrated,
  disks: readonly PlannedDisk[],
): string[] {
  return [
    ...migrated.filesystems.flatMap(layerRemarks),
    ...migrated.filesystems.flatMap(snapshotRemarks),
    ...espRemarks(facts, migrated.esp, disks),
    ...kernelRemarks(facts),
    ...initramfsRemarks(facts, server),
    ...facts.unmounted.map(
      (one) => `${one.device} (${one.type}) is not mounted and is not migrated: mount it and import again`,
    ),
    ...Object.keys(server.image.disks)
      .filter((name) => !disks.some((disk) => disk.disk === name))
      .map((name) => `image.disks.${name} is not used: the server has no such disk`),
  ];
}

function layerRemarks(one: FilesystemFacts): string[] {
  const { mountpoint } = firstMount(one);
  const encrypted = one.layers.some((layer) => /^(luks|crypt)/.test(layer));
  const flattened = one.layers.filter((layer) => !/^(luks|crypt)/.test(layer));
  return [
    ...(flattened.length > 0 ? [`${mountpoint}: ${flattened.join(' on ')} becomes a plain partition`] : []),
    ...(encrypted ? [`${mountpoint} is encrypted; its content arrives unencrypted`] : []),
  ];
}

function snapshotRemarks(one: FilesystemFacts): string[] {
  const count = snapshotsOf(one);
  if (count === 0) return [];
  const { mountpoint } = firstMount(one);
  return [`${mountpoint}: ${count} read-only snapshots arrive as full copies, room is planned for them`];
}

function espRemarks(
  { boot, os }: SourceFacts,
  esp: FilesystemFacts | null,
  disks: readonly PlannedDisk[],
): string[] {
  if (esp === null) return [];
  const anew = `${firstMount(esp).mountpoint} (EFI system partition) is made anew`;
  if (planEspFiles(esp, disks).espFileBytes === undefined) {
    return [`${anew} with our boot loader; its files are not copied`];
  }
  const vendor = boot.firmware === 'uefi' ? vendorLoader(boot.espPrograms ?? [], os) : null;
  const loader =
    vendor === null ? 'our boot loader' : `shim and GRUB of ${vendor.folder}, where they are signed`;
  return [`${anew}, with its files; the image boots by ${loader}`];
}

function initramfsRemarks(facts: SourceFacts, { image: { format } }: Server): string[] {
  const kernel = bootKernel(facts);
  if (kernel === null || !buildsInitramfs(facts, format)) return [];
  const reason = initramfsReason(kernel, facts, format) ?? '';
  return [
    `the initramfs of ${kernel.release} ${reason}; the image has one that is built on the server, in the agent’s folder`,
  ];
}

function kernelRemarks({ boot }: SourceFacts): string[] {
  if (boot.kernels.some((one) => one.release === boot.runningKernel)) return [];
  return [`the running kernel ${boot.runningKernel} is not in /boot; the newest there boots instead`];
}
