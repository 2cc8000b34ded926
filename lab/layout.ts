import { randomUUID } from 'node:crypto';
import type { LabDisk, LabPartition, LabServerKind } from './servers.js';

export interface LaidPartition extends LabPartition {
  readonly file: string;
  readonly number: number;
  readonly uuid: string;
}

/** A server's partitions with their numbers and the UUIDs their filesystems get. */
export function layOut(kind: LabServerKind): LaidPartition[] {
  return kind.disks.flatMap((disk) =>
    disk.partitions.map((partition, index) => ({
      ...partition,
      file: disk.file,
      number: index + 1,
      uuid: randomUUID(),
    })),
  );
}

/** The table that make-disks.sh and supervise.sh read: `/` first, then by depth, as it must be mounted. */
export function layoutTable(partitions: readonly LaidPartition[]): string {
  return lines(
    [...partitions]
      .sort((a, b) => depth(a) - depth(b))
      .map((partition) =>
        [
          partition.file,
          partition.number,
          partition.content === 'bios-boot' ? 'none' : partition.content,
          partition.uuid,
          partition.label ?? '-',
          partition.mountpoint ?? '-',
          partition.options ?? '-',
          partition.subvolume ?? '-',
        ].join(' '),
      ),
  );
}

/** fstab as Debian's installer writes it. */
export function fstab(partitions: readonly LaidPartition[], swapFile: boolean): string {
  const rows = partitions.flatMap((partition) => {
    const device = `UUID=${partition.uuid}`;
    if (partition.content === 'swap') return [`${device} none swap sw 0 0`];
    if (partition.mountpoint === undefined) return [];
    const check = partition.mountpoint === '/' ? 1 : 2;
    return [
      `${device} ${partition.mountpoint} ${partition.content} ${partition.options ?? 'defaults'} 0 ${check}`,
    ];
  });
  if (swapFile) rows.push('/swapfile none swap sw 0 0');
  rows.push('/srv/source /srv/bind none bind 0 0');
  return lines(['# <file system> <mount point> <type> <options> <dump> <pass>', ...rows]);
}

/** sfdisk's script for one disk. */
export function sfdiskScript(disk: LabDisk): string {
  return lines([
    `label: ${disk.table}`,
    ...disk.partitions.map((partition) => {
      const size = partition.sizeMiB === null ? '' : `size=${partition.sizeMiB}MiB, `;
      const active = disk.table === 'dos' && partition.mountpoint === '/' ? ', bootable' : '';
      return `${size}type=${partitionType(disk.table, partition)}${active}`;
    }),
  ]);
}

function partitionType(table: LabDisk['table'], partition: LabPartition): string {
  if (table === 'dos') return partition.content === 'swap' ? '82' : '83';
  // sfdisk's aliases are S and L; BIOS boot has none.
  if (partition.content === 'bios-boot') return '21686148-6449-6E6F-744E-656564454649';
  return partition.content === 'swap' ? 'S' : 'L';
}

function depth(partition: LaidPartition): number {
  const { mountpoint } = partition;
  if (mountpoint === undefined) return Number.MAX_SAFE_INTEGER;
  return mountpoint === '/' ? 0 : mountpoint.split('/').length;
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('');
}
