import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../src/model/fleet.js';
import type { ServerSummary } from '../../src/model/messages.js';
import { fleetOf } from '../../test/support/simulation.js';
import { FleetState } from './FleetState.js';

const NOON = '2026-11-24T12:00:00.000Z';
const DAY_MS = 86_400_000;

/** A migration all of whose servers have started, and what they told. */
function stateOf(fleet: Fleet, told: Record<string, Partial<ServerSummary>>): FleetState {
  const state = new FleetState({ fleet, waves: null, only: null }, null, NOON);
  for (let next = state.nextToStart(0); next !== null; next = state.nextToStart(0)) state.markStarted(next);
  for (const server of state.status(0).servers) {
    const change = told[server.name];
    if (change !== undefined) state.update({ ...server, startedAt: NOON, ...change });
  }
  return state;
}

const sync = { passes: 1, logicalBytes: 1, wireBytes: 1, seconds: 1 };

describe('figures of a migration', () => {
  it('count each server once, failures against the budget, and the places that are taken', () => {
    const fleet = fleetOf('m', { first: ['a', 'b', 'c'], second: ['d'] });
    const waves = fleet.waves.map((wave) => ({ ...wave, maxFailures: wave.name === 'first' ? 2 : null }));
    const relays = fleet.relays.map((relay) => ({ ...relay, slots: 4 }));
    const figures = stateOf(
      { ...fleet, waves, relays },
      { a: { status: 'InError' }, b: { status: 'Running' }, c: { status: 'Running' } },
    ).figures();
    expect(figures).toEqual({
      migration: 'm',
      waves: [
        {
          name: 'first',
          servers: { InError: 1, Running: 2 },
          failures: 1,
          maxFailures: 2,
          nextExpiryMs: Date.parse(NOON) + 30 * DAY_MS,
        },
        { name: 'second', servers: { Queued: 1 }, failures: 0, maxFailures: null, nextExpiryMs: null },
      ],
      relays: [{ name: 'local', used: 2, free: 2 }],
      lags: [],
    });
  });

  it('tell the first expiry of those that stand still, by their own validDays', () => {
    const fleet = fleetOf('m', { all: ['a', 'b', 'c'] });
    const servers = fleet.servers.map((server) => ({
      ...server,
      overrides: server.name === 'a' ? {} : { validDays: server.name === 'b' ? 7 : 1 },
    }));
    const [wave] = stateOf(
      { ...fleet, servers },
      { a: { status: 'Waiting' }, b: { status: 'Stopped' }, c: { status: 'Running' } },
    ).figures().waves;
    expect(wave?.nextExpiryMs).toBe(Date.parse(NOON) + 7 * DAY_MS);
  });

  it('tell how old replicas are, until their servers are final or have sent their last delta', () => {
    const fleet = fleetOf('m', { all: ['a', 'b', 'c', 'd', 'e', 'f'] });
    const synced = { ...sync, syncedAt: NOON };
    const cutover = { startedAt: NOON, stoppedAt: null, endedAt: null, downSeconds: null, services: null };
    const figures = stateOf(fleet, {
      a: { status: 'Waiting', sync: synced },
      b: { status: 'Finished', sync: synced },
      c: { status: 'Running', sync },
      d: { status: 'Running', step: 'sync', sync: synced, cutover },
      e: { status: 'Running', step: 'image', sync: synced, cutover },
      f: { status: 'InError', step: 'image', sync: synced, cutover: { ...cutover, endedAt: NOON } },
    }).figures();
    expect(figures.lags.map(({ server }) => server)).toEqual(['a', 'd', 'f']);
    expect(figures.lags[0]).toEqual({ server: 'a', syncedAtMs: Date.parse(NOON), everyMs: 900_000 });
  });

  it('stay small for ten thousand servers', () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `server${String(at)}`);
    const fleet = { ...fleetOf('m', { all: names }), limits: { concurrency: 0, rateMbps: null } };
    const state = stateOf(fleet, {});
    expect(JSON.stringify(state.figures()).length).toBeLessThan(1_000);
  });
});
