import type { JobNamespace } from '../namespace/JobNamespace.js';
import { runTool, type RunOptions } from '../runTool.js';
import { mkfsCommand, type FormattedPartition, type MkfsAbilities } from './mkfs.js';

/**
 * Makes the filesystem of one partition on what is punched empty before: safe to repeat after a crash at any line.
 *
 * @throws FleetliftError E-RELAY-DISK naming the partition, E-RELAY-TOOL
 */
export async function makePartition(
  namespace: JobNamespace,
  file: string,
  partition: FormattedPartition,
  abilities: MkfsAbilities,
  options: RunOptions,
): Promise<void> {
  const range = { offsetBytes: partition.startBytes, sizeBytes: partition.sizeBytes };
  const hole = ['--offset', String(range.offsetBytes), '--length', String(range.sizeBytes)];
  await runTool('fallocate', ['--punch-hole', ...hole, file], options);
  const loop = await namespace.attach(file, range, options);
  try {
    await runAlone(namespace, loop.path, mkfsCommand(partition, abilities), options);
  } finally {
    await loop.release();
  }
}

/**
 * Runs a tool that sees no device but this one, with the device as its last word. mkfs.btrfs refuses a UUID that it
 * finds on any device below /dev, and servers cloned from one template share theirs.
 */
export async function runAlone(
  namespace: JobNamespace,
  device: string,
  command: readonly string[],
  options: RunOptions,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', ALONE, 'alone', device, ...command];
  return namespace.run('unshare', args, options);
}

/** The device is bound to a file outside /dev while /dev is covered, and so keeps its name. */
export const ALONE = `
set -eu
device=$1
shift
command -v "$1" >/dev/null || exit 127
numbers=$(stat -c '0x%t 0x%T' "$device")
mount -t tmpfs -o mode=755,size=1m tmpfs /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/zero c 1 5
mknod -m 666 /dev/random c 1 8
mknod -m 666 /dev/urandom c 1 9
mknod -m 600 "$device" b $numbers
exec "$@" "$device"
`;
