import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jobId, type JobRef } from '../../model/job.js';
import { readIfExists } from '../files.js';
import { listJobs } from '../jobs.js';
import { JobNamespace } from '../namespace/JobNamespace.js';
import { loopsBelow } from '../namespace/loopDevices.js';
import { namespacesOf } from '../namespace/namespacesOf.js';
import { jobPaths, jobsFolder, type JobPaths } from '../paths.js';
import { readKeys, writeKeys } from '../receiver/authorizedKeys.js';
import { receiverFiles } from '../receiver/layout.js';
import { reviveSshd } from '../receiver/sshd.js';
import { withLock } from '../lock.js';
import { runTool } from '../runTool.js';
import { forget } from '../space/space.js';
import { takeTurn } from '../space/turns.js';
import type { RelayContext } from '../types.js';
import { modeFile, readPlan, REPLICA } from './layout.js';
import { prepare } from './prepare.js';
import { mountForVerify } from './verifyMount.js';

/**
 * Cleans up or takes over what a dead worker, or a reboot, left below the relay's folder. To be called before the
 * relay's worker takes its first task.
 *
 * @returns what it did, one sentence each
 * @throws FleetliftError E-RELAY-DISK, E-RELAY-TOOL, E-RELAY-PORT
 */
export async function reconcile(relay: RelayContext): Promise<string[]> {
  const deeds: string[] = [];
  const jobs = await listJobs(relay);
  for (const job of jobs) deeds.push(...(await dropStaleRecords(jobPaths(relay, job), job)));
  deeds.push(...(await detachOrphans(relay, jobs)));
  const folders = new Set(jobs.map((job) => jobPaths(relay, job).job));
  for (const folder of await forget(relay.dir, (one) => folders.has(one))) {
    deeds.push(`gave back the reservation of ${folder}, which is gone`);
  }
  const open = await keepKeysOf(relay, jobs);
  for (const job of jobs.filter((one) => open.has(jobId(one)))) deeds.push(...(await remount(relay, job)));
  if (open.size > 0 && (await withLock(receiverFiles(relay).lock, () => reviveSshd(relay)))) {
    deeds.push('started the receiver again');
  }
  return deeds;
}

async function dropStaleRecords(paths: JobPaths, job: JobRef): Promise<string[]> {
  const deeds: string[] = [];
  for (const name of await namespacesOf(paths)) {
    if ((await JobNamespace.find(paths, name)) !== null) {
      deeds.push(`took over the ${name} namespace of ${jobId(job)}`);
    } else {
      await rm(join(paths.work, `${name}.namespace`), { force: true });
      deeds.push(`forgot the ${name} namespace of ${jobId(job)}, which had ended`);
    }
  }
  return deeds;
}

/** A loop device that no living namespace mounts was left between its making and its mount. */
async function detachOrphans(relay: RelayContext, jobs: readonly JobRef[]): Promise<string[]> {
  const used = new Set<string>();
  for (const job of jobs) {
    const paths = jobPaths(relay, job);
    for (const name of await namespacesOf(paths)) {
      const mounts = await (await JobNamespace.find(paths, name))?.mountedAt();
      for (const device of mounts?.values() ?? []) used.add(device);
    }
  }
  const deeds: string[] = [];
  for (const loop of await loopsBelow(jobsFolder(relay))) {
    if (used.has(loop.path)) continue;
    // 1: it went by itself meanwhile.
    await runTool('losetup', ['--detach', loop.path], { accept: [0, 1] });
    deeds.push(`detached ${loop.path} from ${loop.backFile}`);
  }
  return deeds;
}

/** Drops keys of jobs that are gone; answers the ids of the jobs whose receiver is open. */
async function keepKeysOf(relay: RelayContext, jobs: readonly JobRef[]): Promise<ReadonlySet<string>> {
  const { authorizedKeys, lock } = receiverFiles(relay);
  const ids = new Set(jobs.map(jobId));
  if ((await readIfExists(authorizedKeys)) === null) return new Set();
  return withLock(lock, async () => {
    const lines = await readKeys(authorizedKeys);
    const kept = lines.filter((line) => ids.has(ownerOf(line)));
    if (kept.length < lines.length) await writeKeys(authorizedKeys, kept);
    return new Set(kept.map(ownerOf));
  });
}

/** An open receiver needs its replica mounted as it was: the source goes on sending by itself. */
async function remount(relay: RelayContext, job: JobRef): Promise<string[]> {
  const paths = jobPaths(relay, job);
  const mode = await readIfExists(modeFile(paths));
  if (mode === null || (await JobNamespace.find(paths, REPLICA)) !== null) return [];
  const plan = await readPlan(paths);
  const reason = await takeTurn(relay, job, plan);
  if (reason !== null) return [`left the replica of ${jobId(job)} unmounted: it ${reason}`];
  if (mode === 'verify') await mountForVerify(paths);
  else await prepare(paths, plan, {});
  return [`mounted the replica of ${jobId(job)} again`];
}

function ownerOf(line: string): string {
  return line.slice(line.lastIndexOf(' ') + 1);
}
