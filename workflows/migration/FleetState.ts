/** Where every server of a migration stands, and which may start next. Plain data, so that it survives continue-as-new. */
import {
  FINAL_STATUSES,
  jobId,
  SETTLED_STATUSES,
  type JobRef,
  type JobStatus,
  type MigrationResult,
  type ServerResult,
} from '../../src/model/job.js';
import type { RelayAnswer, RoomWish } from '../../src/model/activities.js';
import type { MigrationFigures } from '../../src/model/figures.js';
import { judgeOperation, type Operation } from '../../src/model/operations.js';
import type {
  CommandAnswer,
  JobInput,
  JobSettings,
  MigrationInput,
  MigrationStatus,
  ServerSummary,
} from '../../src/model/messages.js';
import { untilChange } from '../../src/model/window.js';
import { Admission, hasFailed, roomReason, takesPlace } from './admission.js';
import { judgeEdit, missingWaves, withSelection } from './edit.js';
import { migrationFigures } from './figures.js';
import { isSame } from './equal.js';
import { asResult, queued, withoutDetails } from './records.js';
import { waveSummary } from './waveSummary.js';
import type { FleetServer, Relay, Wave } from '../../src/model/fleet.js';

export interface SavedFleetState {
  readonly startedAt: string;
  readonly servers: ServerSummary[];
  /** Relay of each server whose job has started. */
  readonly relays: Record<string, string>;
  /** Gated waves that the operator let start. */
  readonly approved: string[];
}

/** What a relay is asked: whether there is room for these jobs. */
export interface RelayInquiry {
  readonly relay: Relay;
  readonly waiting: readonly RoomWish[];
}

type Start = Omit<JobInput, 'coordinator'>;

/** What becomes of a server whose job has not started. */
const UNSTARTED: Partial<Record<Operation, JobStatus>> = {
  pause: 'Stopped',
  resume: 'Queued',
  skip: 'Skipped',
  cancel: 'Cancelled',
  delete: 'Cancelled',
};

export class FleetState {
  private readonly startedAt: string;
  private servers: ServerSummary[];
  private relays: Record<string, string>;
  private readonly approved: string[];
  /** As the relays themselves say. */
  private readonly slots: Record<string, number | null> = {};
  /** Counts what may have changed for those that wait for room, and tells up to which change the relays were asked. */
  private readonly room = { changes: 1, askedAsOf: 0 };
  private waves: readonly Wave[] = [];
  private byName: Readonly<Record<string, FleetServer>> = {};

  constructor(
    private input: MigrationInput,
    saved: SavedFleetState | null,
    now: string,
  ) {
    this.startedAt = saved?.startedAt ?? now;
    this.relays = saved?.relays ?? {};
    this.approved = saved?.approved ?? [];
    this.servers = saved?.servers ?? [];
    this.take(input);
  }

  /** The inventory as it stands, after edits. */
  current(): MigrationInput {
    return this.input;
  }

  /** Whether it ends by itself at once, since what is not final is being given up. */
  isEnding(): boolean {
    return this.servers.every((one) => FINAL_STATUSES.includes(one.status) || one.status === 'Deleting');
  }

  /**
   * Applies an edited inventory, as a whole or not at all.
   * @param earlier - What result files tell of the servers that it adds.
   * @param snapshotIsFree - Whether this run may change `sync.snapshot` of a job that has begun.
   * @returns the answer, and the jobs that get other settings.
   */
  edit(
    asked: MigrationInput,
    earlier: readonly ServerResult[] = [],
    snapshotIsFree: () => boolean = () => true,
  ): { answer: CommandAnswer; changed: { job: string; settings: JobSettings }[] } {
    // Also where nothing differs: the operator has come back, and may have made room.
    this.room.changes += 1;
    const next = withSelection(this.input, asked);
    const sameFleet = isSame(this.input.fleet, next.fleet);
    const missing = missingWaves(this.input, asked);
    if (missing.length === 0 && isSame({ ...this.input, readAt: null }, { ...next, readAt: null })) {
      this.input = next;
      return { answer: { accepted: true, message: '' }, changed: [] };
    }
    const { refusals, changed } = judgeEdit(
      { input: this.input, servers: this.servers, relays: this.relays, snapshotIsFree },
      next,
    );
    if (missing.length + refusals.length > 0)
      return { answer: { accepted: false, message: [...missing, ...refusals].join('\n') }, changed: [] };
    const added = this.addedBy(asked);
    this.take(next);
    this.takeEarlier(earlier.filter(({ name }) => added.includes(name)));
    // It may need less room now.
    for (const { name } of changed) delete this.find(name)?.roomBytes;
    const message = sameFleet
      ? `the choice of servers is wider: ${String(added.length)} added`
      : `the edited inventory is applied: ${String(added.length)} servers added, ${String(changed.length)} running ones with other settings`;
    return {
      answer: { accepted: true, message },
      changed: changed.map((fleetServer) => ({
        job: this.find(fleetServer.name)?.job ?? '',
        settings: {
          fleetServer,
          defaults: next.fleet.defaults,
          migrationMbps: this.relayShare(this.relays[fleetServer.name] ?? ''),
        },
      })),
    };
  }

  /** Names of the servers that an edited inventory adds. */
  addedBy(asked: MigrationInput): string[] {
    const wanted = selectedWaves(withSelection(this.input, asked)).flatMap(({ servers }) => servers);
    return wanted.filter((name) => this.find(name) === undefined);
  }

  /** Takes an inventory over: what has a record keeps it, and what has a job stays, also where it is no longer named. */
  private take(input: MigrationInput): void {
    const old = this.byName;
    const own = input.fleet.servers.map((server) => [server.name, server] as const);
    this.input = input;
    this.byName = { ...old, ...Object.fromEntries(own) };
    this.waves = selectedWaves(input);
    const named = this.waves.flatMap((wave) =>
      wave.servers.map((name) => {
        const server = this.find(name) ?? queued(name, wave.name, job(input, name, 1));
        return { ...server, wave: wave.name };
      }),
    );
    const kept = this.servers.filter(
      (one) => this.hasJob(one) && !named.some(({ name }) => name === one.name),
    );
    this.servers = [...named, ...kept];
  }

  /** Takes over what result files tell of earlier jobs: what is finished or skipped stays so, others go on counting. */
  takeEarlier(results: readonly ServerResult[]): void {
    for (const result of results) {
      const server = this.find(result.name);
      if (server === undefined) continue;
      if (SETTLED_STATUSES.includes(result.status)) {
        Object.assign(server, withoutDetails(result), { phase: null, reason: null, wave: server.wave });
      } else {
        server.job = jobId(job(this.input, result.name, numberOf(result) + 1));
      }
    }
  }

  /** A server that may start now, in the order of the file; null: none. */
  nextToStart(nowMs: number): Start | null {
    const admission = this.admission(nowMs);
    const next = this.servers.find(
      (one) => one.status === 'Queued' && !this.hasJob(one) && admission.waitReason(one) === null,
    );
    const relay = admission.freeRelay();
    const fleetServer = next === undefined ? undefined : this.byName[next.name];
    if (relay === null || next === undefined || fleetServer === undefined) return null;
    return {
      job: job(this.input, next.name, numberOf(next)),
      wave: next.wave,
      fleetServer,
      defaults: this.input.fleet.defaults,
      relay,
      migrationMbps: this.relayShare(relay.name),
    };
  }

  /** A server whose job stood still and wants to go on, and has a place now; null: none. */
  nextToAdmit(nowMs: number): ServerSummary | null {
    const admission = this.admission(nowMs);
    const admissible = this.servers.find(
      (one) => one.status === 'Queued' && this.hasJob(one) && admission.waitReason(one) === null,
    );
    return admissible ?? null;
  }

  /** Jobs that send data though the window of their wave has closed. */
  toHold(nowMs: number): string[] {
    const admission = this.admission(nowMs);
    const closed = this.waves.filter((wave) => admission.whyClosed(wave) !== null).map(({ name }) => name);
    return this.servers
      .filter((one) => one.status === 'Running' && one.step === 'sync' && closed.includes(one.wave))
      .map((one) => one.job);
  }

  /** Milliseconds until a window of the fleet opens or closes; null: there is none. */
  untilWindowChanges(nowMs: number): number | null {
    const changes = this.waves.flatMap(({ window }) =>
      window === null ? [] : (untilChange(window, nowMs) ?? []),
    );
    return changes.length === 0 ? null : Math.min(...changes);
  }

  /** Lets a gated wave start. */
  approve(name: string): CommandAnswer {
    const wave = this.waves.find((one) => one.name === name);
    if (wave === undefined) {
      const waves = this.waves.map((one) => one.name).join(', ');
      return { accepted: false, message: `no wave "${name}" in ${this.input.fleet.name}. Waves: ${waves}` };
    }
    if (!wave.approval) return { accepted: false, message: `wave ${name} needs no approval` };
    if (this.approved.includes(name)) return { accepted: false, message: `wave ${name} is approved already` };
    this.approved.push(name);
    const servers = `${String(this.serversOf(wave).length)} servers`;
    const current = this.admission(0).currentWave();
    const when =
      current === null || current.name === name ? 'starts now' : `starts when wave ${current.name} is done`;
    return { accepted: true, message: `wave ${name} (${servers}) ${when}` };
  }

  markStarted(start: Start): void {
    this.relays[start.job.server] = start.relay.name;
    const server = this.find(start.job.server);
    if (server !== undefined) server.status = 'Ready';
  }

  /** Its job could not start, since an earlier one of that number is open still: it gets the next. */
  markTaken({ job: taken }: Start): void {
    const { [taken.server]: _relay, ...relays } = this.relays;
    this.relays = relays;
    const server = this.find(taken.server);
    if (server === undefined) return;
    server.job = jobId(job(this.input, taken.server, taken.number + 1));
    server.status = 'Queued';
  }

  markAdmitted(server: ServerSummary): void {
    server.status = 'Ready';
    server.reason = null;
  }

  /** Does what an operator asks of a server whose job has not started. */
  operate(operation: Operation, name: string): CommandAnswer | 'its job has started' | 'its job has ended' {
    const server = this.find(name);
    if (server === undefined) {
      return { accepted: false, message: `${name} is not in this migration. See: fleetlift status` };
    }
    if (this.hasJob(server))
      return FINAL_STATUSES.includes(server.status) ? 'its job has ended' : 'its job has started';
    const answer = judgeOperation(operation, name, { ...server, pausing: false });
    const becomes = UNSTARTED[operation];
    if (!answer.accepted || becomes === undefined) return answer;
    server.status = becomes;
    server.reason = becomes === 'Stopped' ? 'held by the operator' : null;
    return answer;
  }

  /** Takes what a job tells of itself; a job of an earlier number is not listened to, nor a word that newer ones overtook. */
  update(summary: ServerSummary): void {
    const at = this.servers.findIndex((one) => one.name === summary.name && one.job === summary.job);
    const known = this.servers[at]?.told ?? 0;
    if (at >= 0 && (summary.told ?? Infinity) > known) this.servers[at] = summary;
    const mayHelp = FINAL_STATUSES.includes(summary.status) || roomReason(summary) !== null;
    if (mayHelp && this.waitsForRoom()) this.room.changes += 1;
  }

  /** Whether a job waits for room on its relay. */
  waitsForRoom(): boolean {
    return this.servers.some((one) => roomReason(one) !== null);
  }

  /** Whether something has changed since the relays were asked. */
  mustAskRelays(): boolean {
    return this.room.askedAsOf < this.room.changes;
  }

  /** What the relays are to be asked, in the order in which those that wait get room. */
  relayInquiries(): { asOf: number; relays: RelayInquiry[] } {
    const relays = this.input.fleet.relays.map((relay) => ({
      relay,
      waiting: this.servers.flatMap((one): RoomWish[] =>
        roomReason(one) === null || one.roomBytes === undefined || this.relays[one.name] !== relay.name
          ? []
          : [{ job: job(this.input, one.name, numberOf(one)), bytes: one.roomBytes }],
      ),
    }));
    return { asOf: this.room.changes, relays };
  }

  /** Takes what the relays say; null: one gave no answer. */
  takeAnswers(asOf: number, answers: readonly { inquiry: RelayInquiry; answer: RelayAnswer | null }[]): void {
    this.room.askedAsOf = asOf;
    for (const { inquiry, answer } of answers) {
      if (answer === null) continue;
      this.slots[inquiry.relay.name] = answer.slots;
      for (const [index, wish] of inquiry.waiting.entries()) {
        const server = this.servers.find((one) => one.job === jobId(wish.job));
        if (server === undefined || server.roomBytes !== wish.bytes || roomReason(server) === null) continue;
        server.reason = answer.lacks[index] ?? null;
        if (server.reason === null) delete server.roomBytes;
      }
    }
  }

  /** Ids of the jobs that have started and are not final. */
  inFlight(): string[] {
    return this.servers
      .filter((one) => this.hasJob(one) && !FINAL_STATUSES.includes(one.status))
      .map((one) => one.job);
  }

  /** Jobs that ended without a word (terminated from outside) are cancelled, and free their place. */
  markLost(closed: readonly string[]): void {
    for (const server of this.servers) {
      if (!closed.includes(server.job) || FINAL_STATUSES.includes(server.status)) continue;
      server.status = 'Cancelled';
      server.phase = null;
      delete server.roomBytes;
      server.error = {
        code: 'E-WORKER-LOST',
        step: server.step ?? 'preflight',
        message: 'its workflow was ended from outside',
        remedy: 'migrate again: it gets a new job',
        retryable: false,
      };
    }
  }

  isOver(): boolean {
    return this.servers.every((one) => FINAL_STATUSES.includes(one.status));
  }

  status(nowMs: number): MigrationStatus {
    const admission = this.admission(nowMs);
    return {
      name: this.input.fleet.name,
      outcome: this.outcome(nowMs),
      startedAt: this.startedAt,
      waves: this.waves.map((wave) => waveSummary(wave, this.serversOf(wave), admission)),
      servers: this.servers.map((one) =>
        one.status === 'Queued' ? { ...one, reason: admission.waitReason(one) } : one,
      ),
    };
  }

  figures(): MigrationFigures {
    const { waves, servers, byName, relays, slots } = this;
    return migrationFigures({ fleet: this.input.fleet, waves, servers, byName, relays, slots });
  }

  result(nowMs: number): MigrationResult {
    const outcome = this.outcome(nowMs);
    return {
      migration: this.input.fleet.name,
      outcome: outcome === 'running' ? 'waiting' : outcome,
      seconds: Math.round((nowMs - Date.parse(this.startedAt)) / 1000),
      servers: this.servers.map(asResult),
    };
  }

  /** A server as a result file tells it; null: it is not of this migration. */
  resultOf(name: string): ServerResult | null {
    const server = this.find(name);
    return server === undefined ? null : asResult(server);
  }

  save(): SavedFleetState {
    return { startedAt: this.startedAt, servers: this.servers, relays: this.relays, approved: this.approved };
  }

  /**
   * `waiting`: more would start on a word of the operator. `failed`: nothing would, and a server is in error or was
   * given up. A closed window opens by itself; room is waited for as long as it is not known whether what has just ended
   * has left some.
   */
  private outcome(nowMs: number): MigrationStatus['outcome'] {
    const admission = this.admission(nowMs);
    const goesOn = (one: ServerSummary): boolean => {
      if (one.status !== 'Queued') return takesPlace(one);
      const reason = admission.waitReason(one);
      const wave = this.waves.find(({ name }) => name === one.wave);
      if (reason !== null && reason === roomReason(one)) return this.mustAskRelays();
      return reason === null || (wave !== undefined && admission.whyClosed(wave) === reason);
    };
    if (this.servers.some(goesOn)) return 'running';
    const isHeld = (one: ServerSummary): boolean => {
      const hold = admission.waveHold(one.wave);
      return one.status === 'Queued' && hold !== null && admission.waitReason(one) === hold;
    };
    if (this.servers.some(isHeld)) return 'waiting';
    if (this.servers.some((one) => hasFailed(one) || one.status === 'Cancelled')) return 'failed';
    return this.isOver() ? 'finished' : 'waiting';
  }

  /** A relay's part of the limit of the whole migration, by its slots. */
  private relayShare(name: string): number | null {
    const { limits, relays } = this.input.fleet;
    if (limits.rateMbps === null) return null;
    const slots = relays.reduce((sum, relay) => sum + relay.slots, 0);
    const own = relays.find((relay) => relay.name === name)?.slots ?? slots;
    return (limits.rateMbps * own) / slots;
  }

  private admission(nowMs: number): Admission {
    const { waves, servers, byName, relays, approved, slots } = this;
    return new Admission({ fleet: this.input.fleet, waves, servers, byName, relays, approved, slots, nowMs });
  }

  private hasJob(server: ServerSummary): boolean {
    return this.relays[server.name] !== undefined;
  }

  private serversOf(wave: Wave): ServerSummary[] {
    return this.servers.filter((one) => one.wave === wave.name);
  }

  private find(name: string): ServerSummary | undefined {
    return this.servers.find((one) => one.name === name);
  }
}

function numberOf({ job: id }: Pick<ServerResult, 'job'>): number {
  return Number(id.split('/').at(-1));
}

/** The waves with the servers that were asked for. */
function selectedWaves({ fleet, waves, only }: MigrationInput): Wave[] {
  return fleet.waves
    .filter((wave) => waves === null || waves.includes(wave.name))
    .map((wave) => ({
      ...wave,
      servers: wave.servers.filter((name) => only === null || only.includes(name)),
    }));
}

function job(input: MigrationInput, server: string, number: number): JobRef {
  return { migration: input.fleet.name, server, number };
}
