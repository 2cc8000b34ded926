/** Which server may run now, and why the others wait. */
import type { Fleet, FleetServer, Relay, Wave } from '../../src/model/fleet.js';
import { FINAL_STATUSES, incrementalState } from '../../src/model/job.js';
import type { ServerSummary } from '../../src/model/messages.js';
import { isOpen } from '../../src/model/window.js';

export interface AdmissionView {
  readonly fleet: Fleet;
  readonly waves: readonly Wave[];
  readonly servers: readonly ServerSummary[];
  readonly byName: Readonly<Record<string, FleetServer>>;
  /** Relay of each server whose job has started. */
  readonly relays: Readonly<Record<string, string>>;
  readonly approved: readonly string[];
  /** Places of each relay as it says itself; null or absent: as the inventory says. */
  readonly slots: Readonly<Record<string, number | null>>;
  readonly nowMs: number;
}

/** Statuses that take a place among the servers that run at the same time. */
export const takesPlace = (server: ServerSummary): boolean =>
  server.status === 'Running' || server.status === 'Ready' || server.status === 'Deleting';
/** An incremental server that waits, or was waiting: it sends a delta or is cut over now. */
const hasArrived = (server: ServerSummary): boolean =>
  incrementalState(server) !== null && !hasFailed(server) && server.status !== 'Stopped';
/** Why there is no room for a job on its relay, as the relay says; null: it does not wait for room. */
export const roomReason = (server: ServerSummary): string | null =>
  server.status === 'Queued' && server.roomBytes !== undefined ? server.reason : null;
/** A wave is done when each of its servers is one of these. */
export const isDone = (server: ServerSummary): boolean =>
  FINAL_STATUSES.includes(server.status) || hasArrived(server);
/** Failures that count against a wave's budget. */
export const hasFailed = (server: ServerSummary): boolean =>
  server.status === 'InError' || server.status === 'Expired';

/** How full everything is at one moment; made once, then asked for each server. */
export class Admission {
  private readonly running: readonly ServerSummary[];
  private readonly byStatus: ReadonlyMap<string, ServerSummary>;
  private readonly current: Wave | null;
  private readonly heldBy: ReadonlyMap<string, string | null>;

  constructor(private readonly view: AdmissionView) {
    this.running = view.servers.filter(takesPlace);
    this.byStatus = new Map(view.servers.map((server) => [server.name, server]));
    this.current =
      view.waves.find((wave) => !view.servers.every((one) => one.wave !== wave.name || isDone(one))) ?? null;
    this.heldBy = new Map(view.waves.map((wave) => [wave.name, this.whyHeld(wave)]));
  }

  /** The wave whose servers may start; null: all are done. */
  currentWave(): Wave | null {
    return this.current;
  }

  /** Why nothing new of a wave may start though its turn has come; null: it may. */
  waveHold(wave: string): string | null {
    return this.heldBy.get(wave) ?? null;
  }

  /** Why a queued server waits; null: it may start, or go on, now. */
  waitReason(server: ServerSummary): string | null {
    const wave = this.view.waves.find(({ name }) => name === server.wave);
    const own = this.view.byName[server.name];
    if (wave === undefined || own === undefined) return 'is no longer in the inventory';
    // A job that stood still has had its turn, and may have to run for the budget to recover.
    const started = this.view.relays[server.name] !== undefined;
    const hold = started ? this.whyClosed(wave) : (this.turnReason(wave) ?? this.waveHold(wave.name));
    return hold ?? this.relationReason(own) ?? roomReason(server) ?? this.placeReason(server, wave);
  }

  /** The relay with the most free places; null: all are taken. */
  freeRelay(): Relay | null {
    let best: { relay: Relay; free: number } | null = null;
    for (const relay of this.view.fleet.relays) {
      const free = this.freePlaces(relay);
      if (free > 0 && (best === null || free > best.free)) best = { relay, free };
    }
    return best?.relay ?? null;
  }

  private turnReason(wave: Wave): string | null {
    if (this.current === null || this.current.name === wave.name) return null;
    return `waits for wave ${this.current.name}`;
  }

  private whyHeld(wave: Wave): string | null {
    if (wave.approval && !this.view.approved.includes(wave.name)) {
      return `waits for your word: fleetlift approve ${wave.name}`;
    }
    const failed = this.view.servers.filter((one) => one.wave === wave.name && hasFailed(one)).length;
    if (wave.maxFailures !== null && failed > wave.maxFailures) {
      return `${String(failed)} servers of it failed, more than maxFailures (${String(wave.maxFailures)}): retry or skip them`;
    }
    return this.whyClosed(wave);
  }

  /** Why a wave is closed by the clock; null: it is open. */
  whyClosed({ window }: Wave): string | null {
    if (window === null || isOpen(window, this.view.nowMs)) return null;
    return `its window is closed: ${window.from}–${window.to} ${window.timezone}`;
  }

  private relationReason({ dependsOn, notWith, name }: FleetServer): string | null {
    for (const other of dependsOn) {
      const server = this.byStatus.get(other);
      // One that this run leaves out was the operator's choice.
      if (server === undefined || server.status === 'Finished' || hasArrived(server)) continue;
      const { status } = server;
      const failed = status === 'Skipped' || status === 'Cancelled' || status === 'Expired';
      return failed
        ? `depends on ${other}, which is ${status.toLowerCase()}: skip it, or migrate ${other} first`
        : `depends on ${other}`;
    }
    const beside = this.running.find(
      (one) => notWith.includes(one.name) || (this.view.byName[one.name]?.notWith ?? []).includes(name),
    );
    return beside === undefined ? null : `does not run together with ${beside.name}`;
  }

  private placeReason(server: ServerSummary, wave: Wave): string | null {
    const { concurrency } = this.view.fleet.limits;
    if (this.running.length >= concurrency) return `limits.concurrency: ${String(concurrency)} servers run`;
    const ofWave = this.running.filter((one) => one.wave === wave.name).length;
    if (wave.concurrency !== null && ofWave >= wave.concurrency) {
      return `concurrency of its wave: ${String(wave.concurrency)} servers run`;
    }
    const own = this.view.relays[server.name];
    const relay = this.view.fleet.relays.find(({ name }) => name === own);
    if (relay === undefined) return this.freeRelay() === null ? 'every place on the relays is taken' : null;
    return this.freePlaces(relay) > 0 ? null : `every place on relay ${relay.name} is taken`;
  }

  private freePlaces(relay: Relay): number {
    const { used, places } = placesOf({ ...this.view, servers: this.running }, relay);
    return places - used;
  }
}

/** Places of a relay for this migration, and how many of them are taken. */
export function placesOf(
  { servers, relays, slots }: Pick<AdmissionView, 'servers' | 'relays' | 'slots'>,
  { name, slots: own }: Relay,
): { used: number; places: number } {
  return {
    used: servers.filter((one) => relays[one.name] === name && takesPlace(one)).length,
    places: Math.min(own, slots[name] ?? Infinity),
  };
}
