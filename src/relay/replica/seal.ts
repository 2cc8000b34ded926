import { open } from 'node:fs/promises';
import type { ReplicaPlan } from '../../model/plan.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { diskFile, mountPoint, type JobPaths } from '../paths.js';
import { endConnections } from '../receiver/connections.js';
import { runTool } from '../runTool.js';
import { checkFilesystem } from './check.js';
import { filesystems, readPlan, REPLICA } from './layout.js';
import { closeNamespace } from './prepare.js';
import { settle } from './settle.js';
import { freezeSubvolumes } from './subvolumes.js';

/** Unmounts the replica, takes it out of the page cache, and checks every filesystem as it lies on the disk. */
export async function seal(paths: JobPaths): Promise<void> {
  const plan = await readPlan(paths);
  await endConnections(paths.receiver, 0);
  await settle(paths);
  await unmountAll(paths, plan);
  for (const disk of plan.disks) await dropPageCache(diskFile(paths, disk.disk));
  const namespace = await JobNamespace.open(paths, REPLICA);
  try {
    for (const { disk, partition } of filesystems(plan)) {
      await checkFilesystem(namespace, paths, disk, partition);
    }
  } finally {
    await namespace.close();
  }
}

async function unmountAll(paths: JobPaths, plan: ReplicaPlan): Promise<void> {
  const namespace = await JobNamespace.find(paths, REPLICA);
  if (namespace !== null) {
    const mounted = await namespace.mountedAt();
    for (const { partition } of filesystems(plan)) {
      const target = mountPoint(paths, partition.filesystem);
      const device = mounted.get(target);
      if (device === undefined) continue;
      const { stdout } = await namespace.run('findmnt', ['--noheadings', '--output', 'VFS-OPTIONS', target]);
      if (!stdout.split(/[\s,]+/).includes('ro')) {
        await freezeSubvolumes(namespace, paths, plan, partition);
      }
      await namespace.unmount(target);
    }
  }
  await closeNamespace(paths);
}

/** So that what is read next comes from the disk. dd's `nocache` with no count asks the kernel to drop the file. */
async function dropPageCache(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await runTool('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
}
