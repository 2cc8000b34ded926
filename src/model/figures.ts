/** What metrics tell of a migration and of relays, as they stand at one moment. */
import type { JobRef, JobStatus, JobStep, StepTime } from './job.js';

export interface MigrationFigures {
  readonly migration: string;
  readonly waves: readonly WaveFigures[];
  readonly relays: readonly RelayPlaces[];
  /** The incremental servers that have synced and are not final. */
  readonly lags: readonly ServerLag[];
}

export interface WaveFigures {
  readonly name: string;
  readonly servers: Readonly<Partial<Record<JobStatus, number>>>;
  /** Servers that count against the budget. */
  readonly failures: number;
  /** Null: none. */
  readonly maxFailures: number | null;
  /** When the first of its jobs that stand still expires, ms since the epoch; null: none stands still. */
  readonly nextExpiryMs: number | null;
}

/** Places of a relay for the servers of one migration. */
export interface RelayPlaces {
  readonly name: string;
  readonly used: number;
  readonly free: number;
}

export interface ServerLag {
  readonly server: string;
  /** The replica holds the source as of this time, ms since the epoch. */
  readonly syncedAtMs: number;
  readonly everyMs: number;
}

/** What a relay finds on its disks. */
export interface RelayFigures {
  readonly relay: string;
  readonly freeBytes: number;
  readonly capacityBytes: number;
  readonly jobs: readonly JobBytes[];
}

/** What has come of a job that has a replica. */
export interface JobBytes {
  readonly job: JobRef;
  readonly logicalBytes: number;
  readonly wireBytes: number;
}

/** What has become of a job's steps since it told last: each is told once. */
export interface StepNews {
  readonly times: readonly StepTime[];
  readonly failures: readonly { readonly step: JobStep; readonly code: string }[];
  readonly retries: readonly JobStep[];
}
