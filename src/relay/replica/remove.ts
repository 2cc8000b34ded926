import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { JobRef } from '../../model/job.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { loopsBelow } from '../namespace/loopDevices.js';
import { namespacesOf } from '../namespace/namespacesOf.js';
import type { JobPaths } from '../paths.js';
import { closeReceiver } from '../receiver/receiver.js';
import { unreserve } from '../space/space.js';
import { endTurn } from '../space/turns.js';
import type { RelayContext } from '../types.js';
import { until } from '../until.js';

/** Ends receiver and namespaces of the job and deletes its disks. The plan goes first: without it nothing is mounted. */
export async function removeReplica(relay: RelayContext, job: JobRef, paths: JobPaths): Promise<void> {
  await closeReceiver(relay, job);
  await rm(paths.planFile, { force: true });
  for (const name of await namespacesOf(paths)) await (await JobNamespace.find(paths, name))?.close();
  await waitForLoops(paths);
  for (const folder of [paths.disks, paths.mnt, paths.work, paths.receiver]) {
    await rm(folder, { recursive: true, force: true });
  }
  await endTurn(relay, job);
}

/** A device frees itself a moment after its last user; a deleted file would stay on the disk until then. */
async function waitForLoops(paths: JobPaths): Promise<void> {
  const gone = async (): Promise<boolean> => (await loopsBelow(paths.job)).length === 0;
  if (await until(gone, { deadlineMs: 30_000 })) return;
  const names = (await loopsBelow(paths.job)).map((loop) => `${loop.path} of ${loop.backFile}`).join(', ');
  throw new FleetliftError('E-RELAY-DISK', {
    message: `loop devices of ${paths.job} are still in use: ${names}`,
  });
}

/** Deletes the job's folder, and those above it that are empty then. */
export async function removeJob(relay: RelayContext, job: JobRef, paths: JobPaths): Promise<void> {
  await removeReplica(relay, job, paths);
  await unreserve(relay, job);
  await rm(paths.job, { recursive: true, force: true });
  for (const folder of [dirname(paths.job), dirname(dirname(paths.job))]) {
    try {
      await rmdir(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error;
    }
  }
  await rm(join(relay.dir, 'locks', `${job.migration}+${job.server}+${job.number}`), { force: true });
}
