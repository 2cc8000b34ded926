import { writeAtomically } from '../files.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import type { JobPaths } from '../paths.js';
import { readIfExists } from '../files.js';
import { filesystems, modeFile, readPlan, REPLICA } from './layout.js';
import { mountFilesystem } from './mounts.js';
import { closeNamespace } from './prepare.js';
import { settle } from './settle.js';

/** Mounts every filesystem of the replica read-only. One that is still mounted for writing is settled first. */
export async function mountForVerify(paths: JobPaths): Promise<void> {
  const plan = await readPlan(paths);
  if ((await readIfExists(modeFile(paths))) !== 'verify') {
    await settle(paths);
    await closeNamespace(paths);
  }
  const namespace = await JobNamespace.open(paths, REPLICA);
  await writeAtomically(modeFile(paths), 'verify');
  const mounted = await namespace.mountedAt();
  for (const { disk, partition } of filesystems(plan)) {
    await mountFilesystem(namespace, paths, disk, partition, { mode: 'verify', mounted });
  }
}
