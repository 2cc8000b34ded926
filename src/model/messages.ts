/** Inputs and shapes of the messages between commands and workflows; the definitions stand in workflows/messages.ts. */
import type { RelayInspection } from './activities.js';
import type { Fleet, Relay } from './fleet.js';
import type { Finding, JobPhase, JobRef, MigrationResult, ServerResult } from './job.js';

export interface MigrationInput {
  readonly fleet: Fleet;
  /** Names of waves to run; null: all. */
  readonly waves: readonly string[] | null;
  /** Names of servers to run; null: all. */
  readonly only: readonly string[] | null;
  /** When the inventory was read, ISO; absent: not known, and it counts as the newest. */
  readonly readAt?: string;
}

/** A server as the migration knows it; findings, changes and times are asked of its job. */
export interface ServerSummary extends ServerResult {
  phase: JobPhase | null;
  /** Why it is Queued, Waiting or in error, in the operator's words; null: nothing to say. */
  reason: string | null;
  /** Room on its relay that it waits for, bytes; absent: it waits for none. */
  roomBytes?: number;
  /**
   * When the job told this its migration, ms since the epoch, and later than all it told before: what comes late, behind
   * newer words, is not listened to.
   */
  told?: number;
}

export interface WaveSummary {
  name: string;
  state: 'pending' | 'running' | 'done' | 'held';
  /** Why it is held or pending; null: nothing to say. */
  reason: string | null;
  total: number;
  finished: number;
  running: number;
  failed: number;
  queued: number;
}

export interface MigrationStatus {
  name: string;
  outcome: 'running' | MigrationResult['outcome'];
  startedAt: string;
  waves: WaveSummary[];
  servers: ServerSummary[];
}

export interface JobInput {
  readonly job: JobRef;
  readonly wave: string;
  readonly fleetServer: Fleet['servers'][number];
  readonly defaults: Fleet['defaults'];
  readonly relay: Relay;
  /** What the relay has of the migration's `limits.rateMbps`; null: no limit. */
  readonly migrationMbps: number | null;
  /** Workflow to signal on every change; null: nobody. */
  readonly coordinator: string | null;
}

/** The part of a job's input that an edited inventory may change. */
export type JobSettings = Pick<JobInput, 'fleetServer' | 'defaults' | 'migrationMbps'>;

export interface OperateOptions {
  /** `cutover`: when, ISO; null takes a time back; absent: now. */
  readonly at?: string | null;
}

/** What an operator command answers at once. */
export interface CommandAnswer {
  readonly accepted: boolean;
  /** What will happen, or why not and what is possible instead. */
  readonly message: string;
}

/** What `doctor` is told of one relay. */
export interface RelayAnswerToDoctor {
  readonly relay: string;
  /** Null: it does not answer. */
  readonly inspection: RelayInspection | null;
  /** The server that was asked whether it reaches the relay; null: none was. */
  readonly server: string | null;
  /** What stands in the way, of the relay or between the two. */
  readonly findings: readonly Finding[];
}

/** What a drill found. */
export interface DrillResult {
  readonly servers: { name: string; findings: Finding[] }[];
  readonly relays: {
    name: string;
    freeBytes: number | null;
    neededBytes: number | null;
    error: string | null;
  }[];
}
