import { SETTLED_STATUSES, type MigrationResult, type ServerResult } from '../model/job.js';
import type { MigrationStatus } from '../model/messages.js';
import type { StoredResult } from '../state/results.js';
import { EXIT, type ExitCode } from './exitCodes.js';

/**
 * A status in the shape of the result.
 * @param nowMs - ms since the epoch: what is not over has taken until then
 */
export function resultOfStatus(status: MigrationStatus, nowMs: number): MigrationResult {
  return {
    migration: status.name,
    outcome: status.outcome === 'running' ? 'waiting' : status.outcome,
    seconds: secondsBetween(status.startedAt, lastEndMs(status) ?? nowMs),
    servers: status.servers.map((server) => without(server, ['phase', 'reason', 'roomBytes', 'told'])),
  };
}

/** What result files tell of servers that are all final. */
export function resultOfFiles(migration: string, results: readonly StoredResult[]): MigrationResult {
  const [starts, ends] = [momentsOf(results, 'startedAt'), momentsOf(results, 'endedAt')];
  const seconds = starts.length === 0 ? 0 : (Math.max(...ends) - Math.min(...starts)) / 1000;
  const servers = results.map(asServerResult);
  const finished = servers.every(({ status }) => SETTLED_STATUSES.includes(status));
  return {
    migration,
    outcome: finished ? 'finished' : 'failed',
    seconds: Math.max(0, Math.round(seconds)),
    servers,
  };
}

/** A result file's content without what names the file. */
export function asServerResult(stored: StoredResult): ServerResult {
  return without(stored, ['protocol', 'migration']);
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

function without<T extends object, K extends keyof T>(value: T, keys: readonly K[]): Omit<T, K> {
  const names: readonly PropertyKey[] = keys;
  const kept = Object.entries(value).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept) as Omit<T, K>;
}

/** When the last server of a migration that is over ended, ms since the epoch; null: it is not over, or none was begun. */
function lastEndMs({ outcome, servers }: MigrationStatus): number | null {
  if (outcome !== 'finished' && outcome !== 'failed') return null;
  const ends = momentsOf(servers, 'endedAt');
  return ends.length === 0 ? null : Math.max(...ends);
}

/** When servers started or ended, of those that have, ms since the epoch. */
function momentsOf(
  servers: readonly Pick<ServerResult, 'startedAt' | 'endedAt'>[],
  which: 'startedAt' | 'endedAt',
): number[] {
  return servers.flatMap(({ [which]: at }) => (at === undefined ? [] : [Date.parse(at)]));
}

function secondsBetween(startedAt: string, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - Date.parse(startedAt)) / 1000));
}
