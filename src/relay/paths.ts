import { join } from 'node:path';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { JobRef } from '../model/job.js';
import type { RelayContext } from './types.js';

/** Where the parts of one job lie on its relay; all of them are absolute. */
export interface JobPaths {
  /** The job's own folder: everything below belongs to it alone. */
  readonly job: string;
  /** Raw files of the replica, `<disk>.raw`, and their done-markers. */
  readonly disks: string;
  /** Mount points of the replica's filesystems inside the job's namespace, `<mnt>/<filesystem id>`. */
  readonly mnt: string;
  /** What the receiver keeps: settings, connections, a failure. */
  readonly receiver: string;
  /** Scratch: process records of namespaces, small files of a step. */
  readonly work: string;
  readonly images: string;
  /** Overlay, serial log and screenshot of verification boots. */
  readonly boot: string;
  readonly log: string;
  /** What is kept for the job's bundle: facts, plan, excludes, versions of tools, lists of files. */
  readonly evidence: string;
  /** The replica plan, as JSON. */
  readonly planFile: string;
}

/**
 * `jobs/<migration>/<server>/<n>/` below the relay's folder.
 *
 * @throws FleetliftError E-INTERNAL for a name that would lead out of that folder: the inventory refuses those.
 */
export function jobPaths(relay: RelayContext, job: JobRef): JobPaths {
  const folder = join(jobsFolder(relay), safe(job.migration), safe(job.server), String(job.number));
  return {
    job: folder,
    disks: join(folder, 'disks'),
    mnt: join(folder, 'mnt'),
    receiver: join(folder, 'receiver'),
    work: join(folder, 'work'),
    images: join(folder, 'images'),
    boot: join(folder, 'boot'),
    log: join(folder, 'log'),
    evidence: join(folder, 'evidence'),
    planFile: join(folder, 'plan.json'),
  };
}

/** Folder of all jobs of a relay. */
export function jobsFolder(relay: RelayContext): string {
  return join(relay.dir, 'jobs');
}

/** The raw file of one disk of the replica. */
export function diskFile(paths: JobPaths, disk: string): string {
  return join(paths.disks, `${safe(disk)}.raw`);
}

/** Where a filesystem of the replica is mounted inside the job's namespace. */
export function mountPoint(paths: JobPaths, filesystem: string): string {
  return join(paths.mnt, safe(filesystem));
}

function safe(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new FleetliftError('E-INTERNAL', { message: `${JSON.stringify(name)} cannot name a folder` });
}
