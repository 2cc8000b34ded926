import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pollUntil } from '../../activities/support/poll.js';
import { RELAY_ADDRESS } from '../../lab/servers.js';
import type { JobRef } from '../../src/model/job.js';
import { jobPaths, mountPoint } from '../../src/relay/paths.js';
import type { RelayContext } from '../../src/relay/types.js';
import { stateLayout } from '../../src/state/layout.js';

/** The large file of lab1, and of other servers where the lab is told so: its first half is incompressible. */
export const LARGE_FILE = 'srv/large/disk-dump.bin';
export const LARGE_FILE_BYTES = 320 << 20;

/** The embedded relay of a state folder, as the lab's servers reach it. */
export function labRelay(stateDir: string, port = 8703): RelayContext {
  return { name: 'local', dir: stateLayout(stateDir).relayDir, port, address: RELAY_ADDRESS };
}

/**
 * Waits until lab1's large file has so many bytes in the replica of the migration's first job.
 * @returns its size then
 * @throws Error where it is whole already: what is done now would not be in its middle
 */
export async function untilLargeFileHas(
  relay: RelayContext,
  migration: string,
  bytes: number,
): Promise<number> {
  const size = await pollUntil(20, AbortSignal.timeout(180_000), async () => {
    const now = await bytesInReplica(relay, { migration, server: 'lab1', number: 1 }, LARGE_FILE);
    return now >= bytes ? now : null;
  });
  if (size >= LARGE_FILE_BYTES) throw new Error(`${LARGE_FILE} of ${migration} is whole already`);
  return size;
}

/** Size that a file of the source's root has in the job's replica; 0 where it is not there. */
export async function bytesInReplica(relay: RelayContext, job: JobRef, file: string): Promise<number> {
  const paths = jobPaths(relay, job);
  const record = await readFile(join(paths.work, 'replica.namespace'), 'utf8').catch(() => '');
  const [holder = ''] = record.split(' ');
  const inside = join(`/proc/${holder}/root`, mountPoint(paths, 'fs0'), file);
  return stat(inside).then(
    ({ size }) => size,
    () => 0,
  );
}
