import type { Fleet } from '../../src/model/fleet.js';
import type { SimulatedCall } from '../support/simulation.js';

/** Work that needs no place: what is given up is released at once, and what only watches may end a little later. */
const PLACELESS = [
  ...['watchReceiver', 'holdStill', 'limitTransfer', 'releaseReplica', 'releaseSource', 'removeAgent'],
  ...['deleteJob', 'keepResult', 'recordResult', 'forgetResult', 'holdSnapshots', 'dropSnapshots'],
];
/** What must have been asked for at the end, where this was made. */
const RELEASES: readonly (readonly [made: string, release: string])[] = [
  ['preflight', 'removeAgent'],
  ['importSource', 'releaseSource'],
  ['openReplica', 'releaseReplica'],
  ['takeSnapshots', 'dropSnapshots'],
];

interface Seen {
  /** Calls that hold a place and have not ended. */
  running: number;
  relay: string | null;
  /** An incremental server's first sync has come to its end. */
  arrived: boolean;
  /** Its result was asked to be recorded, or to be forgotten. */
  ended: boolean;
  readonly begun: string[];
  readonly done: string[];
  readonly results: Set<string>;
}

/** A result that could not be told of is written again, and what has ended may be deleted. */
const AFTER_END = ['recordResult', 'forgetResult', 'deleteJob'];
/** All that is done for a server that is skipped before it starts, by its migration: it has no job. */
const SKIPPED = 'recordResult';
/** What a finished server has behind it, in this order. */
const STORY = ['openReplica', 'runPass', 'compare', 'closeReplica', 'buildImage', 'startBoot', 'checkBoot'];

/** Watches the activities of one migration, and notes what it must never do. */
export class Referee {
  readonly violations: string[] = [];
  /** Calls so far. */
  calls = 0;
  private readonly servers: ReadonlyMap<string, Seen>;
  /** Servers that the operator may have given up before they started. */
  private readonly givenUp = new Set<string>();

  constructor(private readonly fleet: Fleet) {
    this.servers = new Map(fleet.servers.map(({ name }) => [name, unseen()]));
  }

  /** The operator asks for the end of a server. */
  mayBeGivenUp(server: string): void {
    this.givenUp.add(server);
  }

  /** A job of the server has done something. */
  hasStarted(server: string): boolean {
    return this.seen(server).begun.some((activity) => activity !== SKIPPED);
  }

  begins(call: SimulatedCall): (ended: 'done' | 'failed') => void {
    this.calls += 1;
    const seen = this.seen(call.server);
    if (seen.ended && !AFTER_END.includes(call.activity)) {
      this.violations.push(`${call.server} does ${call.activity} after its end`);
    }
    if (call.activity !== SKIPPED && !this.hasStarted(call.server)) this.judgeStart(call.server);
    seen.begun.push(call.activity);
    seen.relay = call.relay ?? seen.relay;
    const holdsPlace = !PLACELESS.includes(call.activity);
    if (holdsPlace) {
      seen.running += 1;
      this.judgePlaces(call);
    }
    return (ended) => {
      if (holdsPlace) seen.running -= 1;
      if (ended === 'done') this.note(seen, call);
    };
  }

  /** What is wrong at the end with a server whose job ended so. */
  judgeEnd(server: string, status: string): void {
    const { begun, done, results, running } = this.seen(server);
    if (running > 0) this.violations.push(`${server} is ${status}, and does something`);
    for (const [made, release] of RELEASES) {
      if (done.includes(made) && !begun.includes(release))
        this.violations.push(`${server} has no ${release} after ${made}`);
    }
    const [only] = results;
    if (results.size > 1 || (only !== undefined && only !== status)) {
      this.violations.push(`${server} is ${status}, and was recorded as ${[...results].join(' and ')}`);
    }
    if (status !== 'Finished') return;
    if (only === undefined) this.violations.push(`${server} is Finished without a result`);
    const last = STORY.map((activity) => done.lastIndexOf(activity));
    if (last.some((at, index) => at <= (last[index - 1] ?? -1)))
      this.violations.push(
        `${server} is Finished, and its data or its image not checked: ${done.join(', ')}`,
      );
  }

  private note(seen: Seen, { activity, what }: SimulatedCall): void {
    seen.done.push(activity);
    if (activity === 'settlePass') seen.arrived = true;
    if (activity === 'recordResult' && what !== null) seen.results.add(what);
    if (activity === 'recordResult' || activity === 'forgetResult') seen.ended = true;
  }

  /** Waves in order, and what a server depends on. */
  private judgeStart(server: string): void {
    const own = this.fleet.waves.findIndex(({ servers }) => servers.includes(server));
    const before = this.fleet.waves.slice(0, own).flatMap(({ servers }) => servers);
    for (const name of before) {
      if (!this.isDone(name))
        this.violations.push(`${server} starts before ${name} of an earlier wave is done`);
    }
    for (const name of this.fleet.servers.find((one) => one.name === server)?.dependsOn ?? []) {
      const { results } = this.seen(name);
      if (!results.has('Finished') && !this.hasArrived(name)) {
        this.violations.push(`${server} starts before ${name}, which it depends on`);
      }
    }
  }

  /** Limits, slots, and who may not run together, at this moment. */
  private judgePlaces({ server, activity }: SimulatedCall): void {
    const running = [...this.servers].filter(([, seen]) => seen.running > 0).map(([name]) => name);
    const most = (what: string, names: readonly string[], limit: number | null): void => {
      if (limit === null || names.length <= limit) return;
      this.violations.push(`${what}: ${names.join(', ')} run together, as ${server} does ${activity}`);
    };
    most('limits.concurrency', running, this.fleet.limits.concurrency);
    for (const wave of this.fleet.waves) {
      most(
        `concurrency of ${wave.name}`,
        running.filter((name) => wave.servers.includes(name)),
        wave.concurrency,
      );
    }
    for (const { name: relay, slots } of this.fleet.relays) {
      most(
        `slots of ${relay}`,
        running.filter((name) => this.seen(name).relay === relay),
        slots,
      );
    }
    for (const { name, notWith } of this.fleet.servers) {
      if (running.includes(name))
        most(
          'notWith',
          running.filter((one) => one === name || notWith.includes(one)),
          1,
        );
    }
  }

  private isDone(server: string): boolean {
    return this.seen(server).ended || this.hasArrived(server) || this.givenUp.has(server);
  }

  private hasArrived(server: string): boolean {
    const own = this.fleet.servers.find(({ name }) => name === server);
    return own?.overrides.sync?.mode === 'incremental' && this.seen(server).arrived;
  }

  private seen(server: string): Seen {
    const seen = this.servers.get(server);
    if (seen === undefined) throw new RangeError(`${server} is not in ${this.fleet.name}`);
    return seen;
  }
}

function unseen(): Seen {
  return {
    running: 0,
    relay: null,
    arrived: false,
    ended: false,
    begun: [],
    done: [],
    results: new Set(),
  };
}
