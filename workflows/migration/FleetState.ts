/** Where every server of a migration stands, and which may start next. Plain data, so that it survives continue-as-new. */
import {
  FINAL_STATUSES,
  jobId,
  type JobRef,
  type JobStatus,
  type MigrationResult,
  type ServerResult,
} from '../../src/model/job.js';
import { judgeOperation, type Operation } from '../../src/model/operations.js';
import type {
  CommandAnswer,
  JobInput,
  MigrationInput,
  MigrationStatus,
  ServerSummary,
  WaveSummary,
} from '../../src/model/messages.js';
import type { FleetServer, Relay, Wave } from '../../src/model/fleet.js';

export interface SavedFleetState {
  readonly startedAt: string;
  readonly servers: ServerSummary[];
  /** Relay of each server whose job has started. */
  readonly relays: Record<string, string>;
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

/** Statuses that take a place among the servers that run at the same time. */
const takesSlot = (server: ServerSummary): boolean =>
  server.status === 'Running' || server.status === 'Ready';
/** A wave is done when each of its servers is one of these. */
const isDone = (server: ServerSummary): boolean =>
  FINAL_STATUSES.includes(server.status) || server.status === 'Waiting';

export class FleetState {
  private readonly startedAt: string;
  private readonly servers: ServerSummary[];
  private readonly relays: Record<string, string>;
  private readonly waves: readonly Wave[];
  private readonly byName: Readonly<Record<string, FleetServer>>;

  constructor(
    private readonly input: MigrationInput,
    saved: SavedFleetState | null,
    now: string,
  ) {
    const { fleet, waves, only } = input;
    this.startedAt = saved?.startedAt ?? now;
    this.relays = saved?.relays ?? {};
    this.byName = Object.fromEntries(fleet.servers.map((server) => [server.name, server]));
    this.waves = fleet.waves
      .filter((wave) => waves === null || waves.includes(wave.name))
      .map((wave) => ({
        ...wave,
        servers: wave.servers.filter((name) => only === null || only.includes(name)),
      }));
    this.servers =
      saved?.servers ??
      this.waves.flatMap((wave) =>
        wave.servers.map((name) => queued(name, wave.name, { ...job(input, name, 1) })),
      );
  }

  /** Takes over what result files tell of earlier jobs: a finished server is not migrated again, others go on counting. */
  takeEarlier(results: readonly ServerResult[]): void {
    for (const result of results) {
      const server = this.find(result.name);
      if (server === undefined) continue;
      if (result.status === 'Finished') {
        Object.assign(server, withoutDetails(result), { phase: null, reason: null, wave: server.wave });
      } else {
        const last = Number(result.job.split('/').at(-1));
        server.job = jobId(job(this.input, result.name, last + 1));
      }
    }
  }

  /** A server that may start now, in the order of the file; null: none. */
  nextToStart(): Start | null {
    const wave = this.currentWave();
    if (wave === null || !this.hasPlace(wave)) return null;
    const relay = this.freeRelay();
    const next = this.servers.find(
      (one) => one.wave === wave.name && one.status === 'Queued' && !this.hasJob(one),
    );
    const fleetServer = next === undefined ? undefined : this.byName[next.name];
    if (relay === null || next === undefined || fleetServer === undefined) return null;
    const number = Number(next.job.split('/').at(-1));
    return {
      job: job(this.input, next.name, number),
      wave: wave.name,
      fleetServer,
      defaults: this.input.fleet.defaults,
      relay,
    };
  }

  markStarted(start: Start): void {
    this.relays[start.job.server] = start.relay.name;
    const server = this.find(start.job.server);
    if (server !== undefined) server.status = 'Ready';
  }

  /** A server whose job stood still and wants to go on, and has a place now; null: none. */
  nextToAdmit(): ServerSummary | null {
    const admissible = this.servers.find((one) => {
      const wave = this.waves.find(({ name }) => name === one.wave);
      const relay = this.input.fleet.relays.find(({ name }) => name === this.relays[one.name]);
      if (one.status !== 'Queued' || wave === undefined || relay === undefined) return false;
      return this.hasPlace(wave) && this.freePlaces(relay) > 0;
    });
    return admissible ?? null;
  }

  markAdmitted(server: ServerSummary): void {
    server.status = 'Ready';
    server.reason = null;
  }

  /** Does what an operator asks of a server whose job has not started. */
  operate(operation: Operation, name: string): CommandAnswer {
    const server = this.find(name);
    if (server === undefined) {
      return { accepted: false, message: `${name} is not in this migration. See: fleetlift status` };
    }
    if (this.hasJob(server) && !FINAL_STATUSES.includes(server.status)) {
      return { accepted: false, message: `${name} has just started: type the command again` };
    }
    const answer = judgeOperation(operation, name, { ...server, pausing: false });
    const becomes = UNSTARTED[operation];
    if (!answer.accepted || becomes === undefined) return answer;
    server.status = becomes;
    server.reason = becomes === 'Stopped' ? 'held by the operator' : null;
    return answer;
  }

  /** Takes what a job tells of itself; a job of an earlier number is not listened to. */
  update(summary: ServerSummary): void {
    const at = this.servers.findIndex((one) => one.name === summary.name && one.job === summary.job);
    if (at >= 0) this.servers[at] = summary;
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

  status(): MigrationStatus {
    return {
      name: this.input.fleet.name,
      outcome: this.outcome(),
      startedAt: this.startedAt,
      waves: this.waves.map((wave) => this.waveSummary(wave)),
      servers: this.servers,
    };
  }

  result(nowMs: number): MigrationResult {
    const outcome = this.outcome();
    return {
      migration: this.input.fleet.name,
      outcome: outcome === 'running' ? 'waiting' : outcome,
      seconds: Math.round((nowMs - Date.parse(this.startedAt)) / 1000),
      servers: this.servers.map(({ phase: _phase, reason: _reason, ...server }) => server),
    };
  }

  save(): SavedFleetState {
    return { startedAt: this.startedAt, servers: this.servers, relays: this.relays };
  }

  /** `failed`: nothing runs any more, and a server is in error or was given up. */
  private outcome(): MigrationStatus['outcome'] {
    const goesOn = this.nextToAdmit() !== null || this.nextToStart() !== null;
    if (this.servers.some(takesSlot) || goesOn) return 'running';
    if (this.servers.some((one) => one.status === 'InError' || one.status === 'Cancelled')) return 'failed';
    return this.isOver() ? 'finished' : 'waiting';
  }

  private currentWave(): Wave | null {
    return this.waves.find((wave) => !this.serversOf(wave).every(isDone)) ?? null;
  }

  /** The relay with the most free places; null: all are taken. */
  private freeRelay(): Relay | null {
    let best: { relay: Relay; free: number } | null = null;
    for (const relay of this.input.fleet.relays) {
      const free = this.freePlaces(relay);
      if (free > 0 && (best === null || free > best.free)) best = { relay, free };
    }
    return best?.relay ?? null;
  }

  private freePlaces(relay: Relay): number {
    const taken = this.servers.filter((one) => takesSlot(one) && this.relays[one.name] === relay.name);
    return relay.slots - taken.length;
  }

  /** Whether one more server of the wave may run. */
  private hasPlace(wave: Wave): boolean {
    const running = this.servers.filter(takesSlot);
    if (running.length >= this.input.fleet.limits.concurrency) return false;
    const ofWave = running.filter((one) => one.wave === wave.name).length;
    return wave.concurrency === null || ofWave < wave.concurrency;
  }

  private hasJob(server: ServerSummary): boolean {
    return this.relays[server.name] !== undefined;
  }

  private waveSummary(wave: Wave): WaveSummary {
    const servers = this.serversOf(wave);
    const count = (test: (server: ServerSummary) => boolean) => servers.filter(test).length;
    const failed = count((one) => one.status === 'InError' || one.status === 'Cancelled');
    const done = servers.every(isDone);
    const current = this.currentWave();
    return {
      name: wave.name,
      state: done ? 'done' : current?.name === wave.name ? 'running' : 'pending',
      reason:
        done || current === null || current.name === wave.name ? null : `waits for wave ${current.name}`,
      total: servers.length,
      finished: count((one) => one.status === 'Finished'),
      running: count(takesSlot),
      failed,
      queued: count((one) => one.status === 'Queued'),
    };
  }

  private serversOf(wave: Wave): ServerSummary[] {
    return this.servers.filter((one) => one.wave === wave.name);
  }

  private find(name: string): ServerSummary | undefined {
    return this.servers.find((one) => one.name === name);
  }
}

function job(input: MigrationInput, server: string, number: number): JobRef {
  return { migration: input.fleet.name, server, number };
}

function queued(name: string, wave: string, ref: JobRef): ServerSummary {
  return {
    name,
    wave,
    job: jobId(ref),
    status: 'Queued',
    phase: null,
    step: null,
    reason: null,
    attempts: 0,
    sync: null,
    images: [],
    verify: null,
    error: null,
  };
}

/** Findings, changes and times stay in the result file: a thousand of them would not fit into one answer. */
function withoutDetails(result: ServerResult): ServerResult {
  const { findings: _f, changes: _c, times: _t, remarks: _r, ...summary } = result;
  return summary;
}
