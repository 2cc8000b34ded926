import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from './waitFor.js';

/** Where control groups may be mounted: version 2 alone, or beside version 1. */
const HIERARCHIES = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'];
const TIMEOUT_MS = 10_000;

/** Removes a server's control groups, which outlive a supervisor that was killed; waits for their last process. */
export async function removeControlGroups(name: string): Promise<void> {
  for (const hierarchy of HIERARCHIES) {
    const group = join(hierarchy, name);
    await waitFor(`the control group ${group} to be empty`, TIMEOUT_MS, () => removeGroup(group));
  }
}

async function removeGroup(group: string): Promise<boolean> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory() && !(await removeGroup(join(group, entry.name)))) return false;
  }
  return rmdir(group).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
  );
}
