/** What an edited inventory changes of a migration that is open, and what it cannot change any more. */
import { isSame } from './equal.js';
import { resolveServer, type Fleet, type FleetServer, type Server } from '../../src/model/fleet.js';
import { FINAL_STATUSES } from '../../src/model/job.js';
import type { MigrationInput, ServerSummary } from '../../src/model/messages.js';

interface EditView {
  readonly input: MigrationInput;
  readonly servers: readonly ServerSummary[];
  /** Relay of each server whose job has started. */
  readonly relays: Readonly<Record<string, string>>;
  /** Whether this run may change `sync.snapshot` of a job that has begun; asked only where that differs. */
  readonly snapshotIsFree: () => boolean;
}

export interface Edit {
  /** Why it cannot be applied, a sentence each; empty: it can. */
  readonly refusals: readonly string[];
  /** Servers whose running job gets other settings. */
  readonly changed: readonly FleetServer[];
}

/**
 * The edited inventory with the choice of servers made wider, never narrower: what was asked for before still counts.
 * One that was read before the present one (a schedule brings it) adds its choice, and changes nothing else.
 */
export function withSelection(before: MigrationInput, edited: MigrationInput): MigrationInput {
  const asked = isStale(before, edited) ? { ...before, waves: edited.waves, only: edited.only } : edited;
  const all = [before, asked].some(({ waves, only }) => waves === null && only === null);
  if (all) return { ...asked, waves: null, only: null };
  const wave = (input: MigrationInput) =>
    input.fleet.waves.filter(({ name }) => input.waves === null || input.waves.includes(name));
  const names = [before, asked].flatMap((input) =>
    wave(input).flatMap(({ servers }) => servers.filter((name) => input.only?.includes(name) ?? true)),
  );
  return { ...asked, waves: null, only: [...new Set(names)] };
}

/** Why a wave cannot be chosen that the present inventory has no more, a sentence each. */
export function missingWaves(before: MigrationInput, edited: MigrationInput): string[] {
  if (!isStale(before, edited)) return [];
  const known = before.fleet.waves.map(({ name }) => name);
  return (edited.waves ?? [])
    .filter((name) => !known.includes(name))
    .map((name) => `the inventory that was applied since has no wave ${name} any more: ${known.join(', ')}`);
}

function isStale(before: MigrationInput, edited: MigrationInput): boolean {
  return before.readAt !== undefined && edited.readAt !== undefined && edited.readAt < before.readAt;
}

/** Settings that a job takes over at its next action; the others were built into its replica. */
const FREE_FIELDS = ['ssh', 'verify', 'retry', 'validDays', 'tags'];

/** Judges an edited inventory against what has started already. */
export function judgeEdit(view: EditView, next: MigrationInput): Edit {
  const open = view.servers.filter(
    (server) => view.relays[server.name] !== undefined && !FINAL_STATUSES.includes(server.status),
  );
  const judged = open.map((server) => judgeServer(view, next.fleet, server));
  return {
    refusals: [...judged.flatMap(({ refusals }) => refusals), ...relayRefusals(view, next, open)],
    changed: judged.flatMap(({ changed }) => changed),
  };
}

function judgeServer(
  { input: { fleet: before }, snapshotIsFree }: EditView,
  after: Fleet,
  { name, status, step, wave }: ServerSummary,
): Edit {
  const [old, own] = [before, after].map((fleet) => fleet.servers.find((one) => one.name === name));
  const stands = `${name} is ${status === 'InError' ? 'in error' : status.toLowerCase()}`;
  if (own === undefined || old === undefined) {
    return refuse(`${stands} and is no longer in the inventory: fleetlift skip ${name}, or put it back`);
  }
  const newWave = after.waves.find(({ servers }) => servers.includes(name))?.name;
  if (newWave !== wave) return refuse(`${stands}, so it stays in wave ${wave}: put it back there`);
  const [was, is] = [resolveServer(before.defaults, old), resolveServer(after.defaults, own)];
  const freesSnapshot = was.sync.snapshot !== is.sync.snapshot && snapshotIsFree();
  const fixed = (server: Server): Server => fixedPart(server, freesSnapshot);
  const sameInFlight =
    !freesSnapshot &&
    was.sync.rateMbps === is.sync.rateMbps &&
    was.sync.everyMs === is.sync.everyMs &&
    before.limits.rateMbps === after.limits.rateMbps;
  const fields = Object.keys(is).filter(
    (field) => !isSame(fixed(was)[field as keyof Server], fixed(is)[field as keyof Server]),
  );
  if (fields.length === 0 && sameInFlight) return { refusals: [], changed: [] };
  const late = fields.filter((field) => !FREE_FIELDS.includes(field));
  // Before its import nothing was made of the old settings.
  if (late.length > 0 && step !== null && step !== 'preflight') {
    return refuse(
      `${stands}, and its ${late.join(' and ')} can no longer change: fleetlift cancel ${name}, or undo that`,
    );
  }
  return { refusals: [], changed: [own] };
}

/** A transfer's cap, the distance of deltas and snapshots change in flight, so they count for nothing here. */
function fixedPart(server: Server, freesSnapshot: boolean): Server {
  const snapshot = freesSnapshot ? 'auto' : server.sync.snapshot;
  return { ...server, sync: { ...server.sync, rateMbps: null, everyMs: 0, snapshot } };
}

function relayRefusals(view: EditView, next: MigrationInput, open: readonly ServerSummary[]): string[] {
  const used = [...new Set(open.map(({ name }) => view.relays[name]))];
  return view.input.fleet.relays
    .filter(({ name }) => used.includes(name))
    .flatMap((old) => {
      const own = next.fleet.relays.find(({ name }) => name === old.name);
      if (own === undefined)
        return [`relay ${old.name} still serves servers: put it back until they are done`];
      const same = isSame({ ...own, slots: old.slots }, old);
      return same
        ? []
        : [`relay ${old.name} still serves servers: only its slots can change until they are done`];
    });
}

function refuse(sentence: string): Edit {
  return { refusals: [sentence], changed: [] };
}
