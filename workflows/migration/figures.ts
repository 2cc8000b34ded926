/** What metrics tell of a migration: asked for at each scrape, so small even where a fleet has ten thousand servers. */
import type { MigrationFigures, ServerLag, WaveFigures } from '../../src/model/figures.js';
import { resolveServer } from '../../src/model/fleet.js';
import { FINAL_STATUSES, type JobStatus } from '../../src/model/job.js';
import type { ServerSummary } from '../../src/model/messages.js';
import { hasFailed, placesOf, type AdmissionView } from './admission.js';

const DAY_MS = 86_400_000;
/** In these a job expires: it waits for its operator. */
const STANDS_STILL: readonly JobStatus[] = ['InError', 'Stopped', 'Waiting'];

export type FiguresView = Omit<AdmissionView, 'approved' | 'nowMs'>;

/** The figures of a migration; each server counts once, in the wave that it stands in. */
export function migrationFigures(view: FiguresView): MigrationFigures {
  // Those of the inventory first; what stays though it is no longer named may stand in another.
  const byWave = new Map<string, ServerSummary[]>(view.waves.map(({ name }) => [name, []]));
  for (const server of view.servers) {
    const ofWave = byWave.get(server.wave);
    if (ofWave === undefined) byWave.set(server.wave, [server]);
    else ofWave.push(server);
  }
  return {
    migration: view.fleet.name,
    waves: [...byWave].map(([name, servers]) => waveFigures(view, name, servers)),
    relays: view.fleet.relays.map((relay) => {
      const { used, places } = placesOf(view, relay);
      return { name: relay.name, used, free: Math.max(0, places - used) };
    }),
    lags: view.servers.flatMap((server) => lagOf(view, server) ?? []),
  };
}

function waveFigures(view: FiguresView, name: string, servers: readonly ServerSummary[]): WaveFigures {
  const counts: Partial<Record<JobStatus, number>> = {};
  for (const { status } of servers) counts[status] = (counts[status] ?? 0) + 1;
  const expiries = servers.flatMap((server) => expiryMs(view, server) ?? []);
  return {
    name,
    servers: counts,
    failures: servers.filter(hasFailed).length,
    maxFailures: view.waves.find((wave) => wave.name === name)?.maxFailures ?? null,
    nextExpiryMs: expiries.length === 0 ? null : expiries.reduce((first, one) => Math.min(first, one)),
  };
}

/** When a job that stands still is given up; null: it does not, or has not started. */
function expiryMs({ byName, fleet }: FiguresView, server: ServerSummary): number | null {
  const own = byName[server.name];
  if (server.startedAt === undefined || own === undefined || !STANDS_STILL.includes(server.status))
    return null;
  return Date.parse(server.startedAt) + resolveServer(fleet.defaults, own).validDays * DAY_MS;
}

function lagOf({ byName, fleet }: FiguresView, server: ServerSummary): ServerLag | null {
  const own = byName[server.name];
  if (server.sync?.syncedAt === undefined || own === undefined) return null;
  if (FINAL_STATUSES.includes(server.status) || isCutOver(server)) return null;
  const { everyMs } = resolveServer(fleet.defaults, own).sync;
  return { server: server.name, syncedAtMs: Date.parse(server.sync.syncedAt), everyMs };
}

/** A cutover has sent its last delta: nothing is to come any more, its image is made and looked at. */
function isCutOver({ cutover, step }: ServerSummary): boolean {
  return cutover !== undefined && cutover.endedAt === null && (step === 'image' || step === 'verify');
}
