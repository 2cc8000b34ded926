import type { MigrationFigures } from '../model/figures.js';
import type { JobStatus } from '../model/job.js';
import type { Migrations } from '../temporal/figures.js';
import { metrics } from './registry.js';

/** How many workers ask for work on each task queue. */
export type QueueWorkers = ReadonlyMap<string, number>;

/**
 * Replaces all that is told of migrations, so that a server or a status that is over is no longer told. Figures are asked
 * for at each scrape: what a worker remembered would be wrong after a restart. Of those that have ended only how many
 * servers ended how is told: they have no budget, no places and no lag.
 */
export function showMigrations(
  { open, ended }: Pick<Migrations, 'open' | 'ended'>,
  workers: QueueWorkers,
  nowMs: number,
): void {
  for (const metric of TOLD) metric.reset();
  for (const migration of ended) showServers(migration);
  for (const migration of open) showMigration(migration, nowMs);
  for (const [queue, count] of workers) metrics.queueWorkers.set({ queue }, count);
}

const TOLD = [
  metrics.servers,
  metrics.waveFailures,
  metrics.waveFailureBudget,
  metrics.nextExpiry,
  metrics.dataLag,
  metrics.dataLagTarget,
  metrics.relaySlots,
  metrics.queueWorkers,
];

function showServers({ migration, waves }: MigrationFigures): void {
  for (const { name: wave, servers } of waves) {
    for (const [status, count] of Object.entries(servers) as [JobStatus, number][]) {
      metrics.servers.set({ migration, wave, status }, count);
    }
  }
}

function showMigration(figures: MigrationFigures, nowMs: number): void {
  showServers(figures);
  const { migration, waves, relays, lags } = figures;
  for (const { name: wave, failures, maxFailures, nextExpiryMs } of waves) {
    metrics.waveFailures.set({ migration, wave }, failures);
    if (maxFailures !== null) metrics.waveFailureBudget.set({ migration, wave }, maxFailures);
    if (nextExpiryMs !== null) metrics.nextExpiry.set({ migration, wave }, nextExpiryMs / 1000);
  }
  // A relay may serve several migrations, and has places for each.
  for (const { name: relay, used, free } of relays) {
    metrics.relaySlots.inc({ relay, state: 'used' }, used);
    metrics.relaySlots.inc({ relay, state: 'free' }, free);
  }
  for (const { server, syncedAtMs, everyMs } of lags) {
    metrics.dataLag.set({ migration, server }, Math.max(0, nowMs - syncedAtMs) / 1000);
    metrics.dataLagTarget.set({ migration, server }, everyMs / 1000);
  }
}
