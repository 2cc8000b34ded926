import type { MigrationResult, ServerResult } from '../model/job.js';
import type { MigrationStatus, ServerSummary } from '../model/messages.js';
import type { StoredResult } from '../state/results.js';
import { EXIT, type ExitCode } from './exitCodes.js';

/** A status in the shape of the result, for a migration that waits for its operator. */
export function resultOfStatus(status: MigrationStatus, nowMs: number): MigrationResult {
  return {
    migration: status.name,
    outcome: status.outcome === 'running' ? 'waiting' : status.outcome,
    seconds: secondsBetween(status.startedAt, nowMs),
    servers: status.servers.map(withoutPhase),
  };
}

/** What result files tell of servers that are all final. */
export function resultOfFiles(migration: string, results: readonly StoredResult[]): MigrationResult {
  const starts = results.flatMap(({ startedAt }) => (startedAt === undefined ? [] : [Date.parse(startedAt)]));
  const ends = results.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [Date.parse(endedAt)]));
  const seconds = starts.length === 0 ? 0 : (Math.max(...ends) - Math.min(...starts)) / 1000;
  const servers = results.map(asServerResult);
  const finished = servers.every(({ status }) => status === 'Finished' || status === 'Skipped');
  return {
    migration,
    outcome: finished ? 'finished' : 'failed',
    seconds: Math.max(0, Math.round(seconds)),
    servers,
  };
}

/** A result file's content without what only the file needs. */
export function asServerResult(stored: StoredResult): ServerResult {
  const { protocol, migration, ...result } = stored;
  // Both name the file, which the document's own fields tell.
  void protocol;
  void migration;
  return result;
}

export function exitCodeOfOutcome(outcome: MigrationResult['outcome']): ExitCode {
  switch (outcome) {
    case 'finished':
      return EXIT.done;
    case 'failed':
      return EXIT.serversFailed;
    case 'waiting':
      return EXIT.waiting;
  }
}

function withoutPhase(summary: ServerSummary): ServerResult {
  const { phase, reason, ...result } = summary;
  void phase;
  void reason;
  return result;
}

function secondsBetween(startedAt: string, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - Date.parse(startedAt)) / 1000));
}
