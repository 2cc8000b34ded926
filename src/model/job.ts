/** States, steps and results of jobs, as commands, workflows and files show them. */
import type { Firmware } from './fleet.js';

export type JobStatus =
  | 'Queued'
  | 'Ready'
  | 'Running'
  | 'Waiting'
  | 'Stopped'
  | 'InError'
  | 'Finished'
  | 'Skipped'
  | 'Cancelled'
  | 'Expired'
  | 'Deleting';

/** A final job is over: its workflow closes, and its result file is written. */
export const FINAL_STATUSES: readonly JobStatus[] = ['Finished', 'Skipped', 'Cancelled', 'Expired'];

/** What `migrate` shows and does not do again: it is done, or the operator left it out. */
export const SETTLED_STATUSES: readonly JobStatus[] = ['Finished', 'Skipped'];

export type JobPhase = 'Preparing' | 'Syncing' | 'Processing' | 'Cleaning';
export type JobStep = 'preflight' | 'import' | 'sync' | 'image' | 'verify' | 'clean-up';

/** The phase that each step is shown under. */
export const PHASE_OF_STEP: Readonly<Record<JobStep, JobPhase>> = {
  preflight: 'Preparing',
  import: 'Preparing',
  sync: 'Syncing',
  image: 'Processing',
  verify: 'Processing',
  'clean-up': 'Cleaning',
};

/** Names a job and, from them, its workflow, its folder on the relay and its folder on the source. */
export interface JobRef {
  readonly migration: string;
  readonly server: string;
  /** Counts the jobs of a server within its migration, from 1. */
  readonly number: number;
}

/** `job/<migration>/<server>/<n>`: the id of the job's workflow. */
export function jobId(job: JobRef): string {
  return `job/${job.migration}/${job.server}/${job.number}`;
}

/** `migration/<name>`: the id of a migration's workflow. */
export function migrationId(name: string): string {
  return `migration/${name}`;
}

/** Task queue of the workflows and of all work over SSH. */
export const ORCHESTRATOR_QUEUE = 'fleetlift';

/** Task queue of the relay with that name. */
export function relayQueue(relay: string): string {
  return `fleetlift-relay-${relay}`;
}

export type Severity = 'blocking' | 'warning' | 'information';

/** One row of preflight's table. */
export interface Finding {
  readonly severity: Severity;
  /** `E-…` blocks, `W-…` warns, `I-…` informs. */
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export interface JobError {
  readonly code: string;
  readonly step: JobStep;
  readonly message: string;
  readonly remedy: string;
  readonly retryable: boolean;
}

export interface SyncResult {
  passes: number;
  logicalBytes: number;
  wireBytes: number;
  seconds: number;
  /** Incremental only: the replica holds the source as of this time, when its last good pass began. */
  syncedAt?: string;
}

/** The cutover of an incremental job, also one that failed. */
export interface CutoverResult {
  /** When the operator's word, or its time, came. */
  readonly startedAt: string;
  /** When the first service was stopped; null: none was to be stopped, or it did not come to that. */
  stoppedAt: string | null;
  /** When services ran again, or the checked image was there to take over; null: not yet. */
  endedAt: string | null;
  /** Between the two, seconds. */
  downSeconds: number | null;
  /** What became of the services of `quiesce`. */
  services: 'left stopped' | 'started again' | null;
}

export interface ImageResult {
  disk: string;
  relay: string;
  path: string;
  format: string;
  virtualBytes: number;
  fileBytes: number;
  sha256: string;
}

/** One difference between replica and image, computed from the manifests of both. */
export interface ImageChange {
  readonly disk: string;
  /** Path in the server's tree. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What differs for `changed`: content, mode, owner, link, mtime, xattrs. */
  readonly what: string;
  /** Why the image step did it, where a rule of it names that path. */
  readonly reason: string;
}

export interface ChecksumResult {
  files: number;
  differences: number;
  changedMeanwhile: number;
}

export interface BootResult {
  firmware: Firmware;
  booted: boolean;
  seconds: number;
  screenshot: string;
  log: string;
}

export interface CommandResult {
  command: string;
  exitCode: number;
  output?: string;
}

export interface VerifyResult {
  checksum: ChecksumResult | null;
  boot: BootResult[];
  commands: CommandResult[];
}

export interface StepTime {
  readonly step: JobStep;
  readonly startedAt: string;
  readonly seconds: number;
  readonly outcome: 'done' | 'failed';
}

/** One server in `migrate --json`, in `status --json` and in the result file. */
export interface ServerResult {
  name: string;
  wave: string;
  job: string;
  status: JobStatus;
  step: JobStep | null;
  attempts: number;
  sync: SyncResult | null;
  images: ImageResult[];
  verify: VerifyResult | null;
  error: JobError | null;
  cutover?: CutoverResult;
  findings?: Finding[];
  changes?: ImageChange[];
  remarks?: string[];
  times?: StepTime[];
  startedAt?: string;
  endedAt?: string;
}

/** Where an incremental job stands after its first sync; null: before it, or not incremental. */
export function incrementalState({
  sync,
  cutover,
}: Pick<ServerResult, 'sync' | 'cutover'>): 'deltas' | 'cutover' | null {
  if (sync?.syncedAt === undefined) return null;
  return cutover !== undefined && cutover.endedAt === null ? 'cutover' : 'deltas';
}

/** How old the source's state is that the relay has, seconds; null: not incremental, or not synced yet. */
export function lagSeconds({ sync }: Pick<ServerResult, 'sync'>, nowMs: number): number | null {
  if (sync?.syncedAt === undefined) return null;
  return Math.max(0, Math.round((nowMs - Date.parse(sync.syncedAt)) / 1000));
}

export interface MigrationResult {
  migration: string;
  outcome: 'finished' | 'failed' | 'waiting';
  seconds: number;
  servers: ServerResult[];
}

/** Progress of a running step, reported by heartbeat. */
export interface Progress {
  readonly step: JobStep;
  /** What goes on inside the step, in the operator's words: `pass 1`, `initramfs`, `boot uefi`. */
  readonly detail: string;
  readonly doneBytes?: number;
  readonly totalBytes?: number;
  readonly bytesPerSecond?: number;
  readonly etaSeconds?: number;
  readonly wireBytes?: number;
}
