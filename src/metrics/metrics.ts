import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { JobStatus, JobStep } from '../model/job.js';

/** Everything that `/metrics` tells; docs and dashboards rely on names and labels. */
export const registry = new Registry();
const registers = [registry];

const servers = new Gauge({
  name: 'fleetlift_servers',
  help: 'Servers by migration, wave and status.',
  labelNames: ['migration', 'wave', 'status'] as const,
  registers,
});
const syncBytes = new Counter({
  name: 'fleetlift_sync_bytes_total',
  help: 'Bytes synced: logical (allocated bytes of the files sent) and wire (counted on the relay).',
  labelNames: ['migration', 'server', 'kind'] as const,
  registers,
});
const syncRate = new Gauge({
  name: 'fleetlift_sync_rate_bytes',
  help: 'Bytes a second that a server syncs now.',
  labelNames: ['migration', 'server', 'kind'] as const,
  registers,
});
const dataLag = new Gauge({
  name: 'fleetlift_data_lag_seconds',
  help: 'Seconds since the start of the last complete pass: what a cutover now would lose.',
  labelNames: ['migration', 'server'] as const,
  registers,
});
const stepDuration = new Histogram({
  name: 'fleetlift_step_duration_seconds',
  help: 'How long steps took.',
  labelNames: ['step', 'outcome'] as const,
  // From a preflight of a second to a sync of a day.
  buckets: [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400],
  registers,
});
const stepFailures = new Counter({
  name: 'fleetlift_step_failures_total',
  help: 'Failures of steps by code of the catalogue.',
  labelNames: ['step', 'code'] as const,
  registers,
});
const retries = new Counter({
  name: 'fleetlift_retries_total',
  help: 'Steps that were repeated.',
  labelNames: ['step'] as const,
  registers,
});
const relayFree = new Gauge({
  name: 'fleetlift_relay_free_bytes',
  help: 'Bytes on the relay that no job has reserved.',
  labelNames: ['relay'] as const,
  registers,
});
const relaySlots = new Gauge({
  name: 'fleetlift_relay_slots',
  help: 'Servers that the relay serves (used), and could serve more (free).',
  labelNames: ['relay', 'state'] as const,
  registers,
});

export type SyncKind = 'logical' | 'wire';

/** Label sets told of each migration, so that a status that no server has any more is no longer told. */
const told = new Map<string, { migration: string; wave: string; status: JobStatus }[]>();

/** Replaces what is told of the servers of a migration; an empty list ends its series. */
export function setServers(
  migration: string,
  states: readonly { readonly wave: string; readonly status: JobStatus }[],
): void {
  for (const labels of told.get(migration) ?? []) servers.remove(labels);
  const labels = states.map(({ wave, status }) => ({ migration, wave, status }));
  for (const one of labels) servers.inc(one);
  if (labels.length === 0) told.delete(migration);
  else told.set(migration, labels);
}

/** Adds to the bytes of a server's sync. */
export function addSyncBytes(migration: string, server: string, kind: SyncKind, bytes: number): void {
  syncBytes.inc({ migration, server, kind }, bytes);
}

export function setSyncRate(migration: string, server: string, kind: SyncKind, bytesPerSecond: number): void {
  syncRate.set({ migration, server, kind }, bytesPerSecond);
}

export function setDataLag(migration: string, server: string, seconds: number): void {
  dataLag.set({ migration, server }, seconds);
}

/** Ends every series of a server: else a fleet of thousands would be told for ever. */
export function endServer(migration: string, server: string): void {
  for (const kind of ['logical', 'wire'] as const) {
    syncBytes.remove({ migration, server, kind });
    syncRate.remove({ migration, server, kind });
  }
  dataLag.remove({ migration, server });
}

export function observeStep(step: JobStep, outcome: 'done' | 'failed', seconds: number): void {
  stepDuration.observe({ step, outcome }, seconds);
}

export function countFailure(step: JobStep, code: string): void {
  stepFailures.inc({ step, code });
}

export function countRetry(step: JobStep): void {
  retries.inc({ step });
}

/** `slots` null: as many as the inventory says, which the relay does not know. */
export function setRelay(relay: string, freeBytes: number, usedSlots: number, slots: number | null): void {
  relayFree.set({ relay }, freeBytes);
  relaySlots.set({ relay, state: 'used' }, usedSlots);
  if (slots !== null) relaySlots.set({ relay, state: 'free' }, Math.max(0, slots - usedSlots));
}
