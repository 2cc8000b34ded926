import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplicaPlan } from '../../model/plan.js';
import { readIfExists, writeAtomically } from '../files.js';
import type { JobNamespace } from '../namespace/JobNamespace.js';
import { mountPoint, type JobPaths } from '../paths.js';
import type { RunOptions } from '../runTool.js';

/**
 * Whether sizes and times of the replica's files may be believed.
 *
 * - `settled`: nothing was written since the last settled pass.
 * - `written`: the mount that was written through lives on.
 * - `unsettled`: what was written last went through a mount that ended (reboot, kill) before it was settled.
 * - `lost`: the kernel reported that bytes did not reach the disk.
 */
export type Trust = 'settled' | 'written' | 'unsettled' | 'lost';

/** What the mark begins with once bytes were lost. */
const LOST = 'lost';

/** Written by a receiver before it writes, with the identity of its namespace; removed when a pass is settled. */
export function unsettledFile(work: string): string {
  return join(work, 'unsettled');
}

/** Marks the replica as written to, but not settled, through the namespace of that identity. */
export async function markUnsettled(work: string, namespace: string): Promise<void> {
  const file = unsettledFile(work);
  if ((await readIfExists(file)) === null) await writeAtomically(file, namespace);
}

/** Written over the mark that is there: on a full disk there is no room for another file. */
export async function markLost(work: string): Promise<void> {
  try {
    const handle = await open(unsettledFile(work), 'r+');
    try {
      await handle.write(LOST, 0);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await writeAtomically(unsettledFile(work), LOST);
  }
}

export async function markSettled(work: string): Promise<void> {
  await rm(unsettledFile(work), { force: true });
}

/** Reads the mark, given the living namespace (null: none lives). */
export async function readTrust(paths: JobPaths, namespace: JobNamespace | null): Promise<Trust> {
  const mark = await readIfExists(unsettledFile(paths.work));
  if (mark === null) return 'settled';
  if (mark.startsWith(LOST)) return 'lost';
  return namespace !== null && mark === namespace.identity ? 'written' : 'unsettled';
}

/**
 * Makes the next pass compare content: every file gets a time that no source has, so that rsync looks at its blocks
 * instead of believing size and time. Costs reading, hardly any wire bytes.
 */
export async function discardTrust(
  namespace: JobNamespace,
  paths: JobPaths,
  plan: ReplicaPlan,
  options: RunOptions,
): Promise<void> {
  for (const { partitions } of plan.disks) {
    for (const partition of partitions) {
      if (partition.role !== 'filesystem') continue;
      const target = mountPoint(paths, partition.filesystem);
      const touch = ['-exec', 'touch', '--no-dereference', '--date', '@1', '{}', '+'];
      await namespace.run('find', [target, '-type', 'f', ...touch], { signal: options.signal });
      await namespace.run('sync', ['--file-system', target]);
    }
  }
  await markSettled(paths.work);
}
