import { open, rm, truncate } from 'node:fs/promises';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { PlannedDisk, PlannedPartition } from '../../model/plan.js';
import { runTool, type RunOptions } from '../runTool.js';

const SECTOR_BYTES = 512;

/** GPT partition types by role. */
const TYPE_GUIDS: Readonly<Record<PlannedPartition['role'], string>> = {
  'bios-boot': '21686148-6449-6E6F-744E-656564454649',
  esp: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  swap: '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F',
  filesystem: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
};

/**
 * Makes an empty sparse disk with the planned GPT, and reads the table back, since a partitioning tool may write
 * nothing and still exit 0. What was at that path before is gone.
 *
 * @throws FleetliftError E-RELAY-DISK, E-RELAY-TOOL
 */
export async function makeDisk(file: string, disk: PlannedDisk, options: RunOptions): Promise<void> {
  await rm(file, { force: true });
  await (await open(file, 'wx', 0o600)).close();
  await truncate(file, disk.sizeBytes);
  const about = { ...options, about: `disk ${disk.disk}` };
  await runTool('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', file], {
    ...about,
    stdin: sfdiskScript(disk),
  });
  const { stdout } = await runTool('sfdisk', ['--json', file], about);
  const wrong = tableMismatch(disk, JSON.parse(stdout) as SfdiskDump);
  if (wrong !== null) {
    throw new FleetliftError('E-RELAY-DISK', { message: `partition table of disk ${disk.disk}: ${wrong}` });
  }
}

/** The table in sfdisk's language; it draws a random GUID for disk and partitions. */
export function sfdiskScript(disk: PlannedDisk): string {
  const lines = disk.partitions.map(
    (one) =>
      `${one.number} : start=${one.startBytes / SECTOR_BYTES}, size=${one.sizeBytes / SECTOR_BYTES}, ` +
      `type=${TYPE_GUIDS[one.role]}`,
  );
  return ['label: gpt', 'unit: sectors', 'first-lba: 2048', ...lines, ''].join('\n');
}

interface SfdiskDump {
  readonly partitiontable?: {
    readonly label?: string;
    readonly partitions?: readonly { readonly start: number; readonly size: number; readonly type: string }[];
  };
}

function tableMismatch(disk: PlannedDisk, dump: SfdiskDump): string | null {
  const table = dump.partitiontable;
  const found = (table?.partitions ?? []).map((one) => `${one.start}+${one.size} ${one.type.toUpperCase()}`);
  const wanted = disk.partitions.map(
    (one) => `${one.startBytes / SECTOR_BYTES}+${one.sizeBytes / SECTOR_BYTES} ${TYPE_GUIDS[one.role]}`,
  );
  if (table?.label === 'gpt' && found.join() === wanted.join()) return null;
  return `wanted ${wanted.join(', ')}, found ${found.join(', ') || 'none'}`;
}
