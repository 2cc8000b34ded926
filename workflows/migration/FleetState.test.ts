import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../src/model/fleet.js';
import type { JobStatus } from '../../src/model/job.js';
import { fleetOf } from '../../test/support/simulation.js';
import { FleetState } from './FleetState.js';

const NOON = Date.parse('2026-11-24T12:00:00Z');

/** A fleet of two waves, with changes to waves and servers. */
function fleetWith(
  change: {
    first?: Partial<Fleet['waves'][number]>;
    servers?: Record<string, Partial<Fleet['servers'][number]>>;
    slots?: number;
  } = {},
): Fleet {
  const fleet = fleetOf('m', { first: ['a', 'b', 'c'], second: ['d'] });
  return {
    ...fleet,
    relays: fleet.relays.map((relay) => ({ ...relay, slots: change.slots ?? relay.slots })),
    waves: fleet.waves.map((wave, index) => (index === 0 ? { ...wave, ...change.first } : wave)),
    servers: fleet.servers.map((server) => ({ ...server, ...change.servers?.[server.name] })),
  };
}

const stateOf = (fleet: Fleet): FleetState =>
  new FleetState({ fleet, waves: null, only: null }, null, new Date(NOON).toISOString());

/** Starts all that may start; answers their names. */
function startAll(state: FleetState, nowMs = NOON): string[] {
  const started: string[] = [];
  for (let next = state.nextToStart(nowMs); next !== null; next = state.nextToStart(nowMs)) {
    state.markStarted(next);
    started.push(next.job.server);
  }
  return started;
}

function tell(state: FleetState, name: string, status: JobStatus): void {
  const server = state.status(NOON).servers.find((one) => one.name === name);
  if (server === undefined) throw new Error(name);
  state.update({ ...server, status, reason: null });
}

const reasonOf = (state: FleetState, name: string, nowMs = NOON): string | null | undefined =>
  state.status(nowMs).servers.find((server) => server.name === name)?.reason;

describe('admission', () => {
  it('starts a gated wave only on the word of the operator, and says so', () => {
    const state = stateOf(fleetWith({ first: { approval: true } }));
    expect(startAll(state)).toEqual([]);
    expect(state.status(NOON)).toMatchObject({
      outcome: 'waiting',
      waves: [{ state: 'held' }, { state: 'pending' }],
    });
    expect(reasonOf(state, 'a')).toContain('fleetlift approve first');
    expect(state.approve('firts')).toMatchObject({ accepted: false });
    expect(state.approve('first')).toEqual({ accepted: true, message: 'wave first (3 servers) starts now' });
    expect(state.approve('first').accepted).toBe(false);
    expect(startAll(state)).toEqual(['a', 'b', 'c']);
  });

  it('starts nothing new once the failures are over the budget, and goes on when they are mended', () => {
    const state = stateOf(fleetWith({ first: { maxFailures: 0, concurrency: 1 } }));
    expect(startAll(state)).toEqual(['a']);
    tell(state, 'a', 'InError');
    expect(startAll(state)).toEqual([]);
    expect(reasonOf(state, 'b')).toContain('maxFailures (0)');
    expect(state.status(NOON).outcome).toBe('waiting');
    tell(state, 'a', 'Queued');
    const again = state.nextToAdmit(NOON);
    expect(again?.name).toBe('a');
    if (again !== null) state.markAdmitted(again);
    tell(state, 'a', 'Finished');
    expect(startAll(state)).toEqual(['b']);
  });

  it('has failed where its operator has nothing left to let start, and waits for his word where he has', () => {
    const state = stateOf(fleetWith({ first: { servers: ['a'] } }));
    startAll(state);
    tell(state, 'a', 'InError');
    // The second wave waits for the first, not for a word.
    expect(state.status(NOON).outcome).toBe('failed');
    const gated = stateOf({
      ...fleetWith(),
      waves: fleetWith().waves.map((wave) => ({ ...wave, approval: wave.name === 'second' })),
    });
    for (const name of startAll(gated)) tell(gated, name, name === 'a' ? 'Cancelled' : 'Finished');
    expect(gated.status(NOON).outcome).toBe('waiting');
  });

  it('gives a server the next number where the job of its number is open still', () => {
    const state = stateOf(fleetWith({ first: { concurrency: 1 } }));
    const first = state.nextToStart(NOON);
    if (first === null) throw new Error('nothing may start');
    state.markStarted(first);
    state.markTaken(first);
    expect(state.inFlight()).toEqual([]);
    expect(state.nextToStart(NOON)?.job).toEqual({ migration: 'm', server: 'a', number: 2 });
  });

  it('is about to end once nothing is left of it but what is being given up', () => {
    const state = stateOf(fleetWith());
    startAll(state);
    for (const name of ['a', 'b', 'c']) tell(state, name, 'Deleting');
    expect(state.isEnding()).toBe(false);
    expect(state.operate('cancel', 'd')).toMatchObject({ accepted: true });
    expect(state.isEnding()).toBe(true);
    expect(state.isOver()).toBe(false);
  });

  it('starts a server when those it depends on are finished, and tells where one is not to come', () => {
    const state = stateOf(fleetWith({ servers: { a: { dependsOn: ['c'] } } }));
    expect(startAll(state)).toEqual(['b', 'c']);
    expect(reasonOf(state, 'a')).toBe('depends on c');
    tell(state, 'c', 'Skipped');
    expect(reasonOf(state, 'a')).toContain('depends on c, which is skipped');
    tell(state, 'c', 'Finished');
    expect(startAll(state)).toEqual(['a']);
  });

  it('keeps apart what must not run together, whoever of the two says so', () => {
    const state = stateOf(fleetWith({ servers: { b: { notWith: ['a'] } } }));
    expect(startAll(state)).toEqual(['a', 'c']);
    expect(reasonOf(state, 'b')).toBe('does not run together with a');
    tell(state, 'a', 'Finished');
    expect(startAll(state)).toEqual(['b']);
  });

  it('starts nothing outside of the window, holds what sends then, and lets both go on', () => {
    const window = { from: '22:00', to: '06:00', timezone: 'UTC' };
    const state = stateOf(fleetWith({ first: { window, concurrency: 1 } }));
    const night = Date.parse('2026-11-24T23:00:00Z');
    const morning = Date.parse('2026-11-25T06:00:00Z');
    expect(startAll(state)).toEqual([]);
    expect(state.status(NOON)).toMatchObject({ outcome: 'running' });
    expect(state.untilWindowChanges(NOON)).toBe(10 * 3_600_000);
    expect(startAll(state, night)).toEqual(['a']);
    const [a] = state.status(night).servers;
    if (a !== undefined) state.update({ ...a, status: 'Running', step: 'sync', phase: 'Syncing' });
    expect(state.toHold(night)).toEqual([]);
    expect(state.toHold(morning)).toEqual(['job/m/a/1']);
    tell(state, 'a', 'Queued');
    expect(state.nextToAdmit(morning)).toBeNull();
    expect(reasonOf(state, 'a', morning)).toContain('22:00–06:00 UTC');
    expect(state.nextToAdmit(night + 86_400_000)?.name).toBe('a');
  });

  it('says which limit a server waits for', () => {
    const state = stateOf(fleetWith({ slots: 2 }));
    expect(startAll(state)).toEqual(['a', 'b']);
    expect(reasonOf(state, 'c')).toBe('every place on the relays is taken');
    expect(reasonOf(state, 'd')).toBe('waits for wave first');
  });
});

describe('room on a relay', () => {
  const LACKS = 'waits for room on relay local: needs 2.0 GiB, 1.0 GiB free in /srv';
  /** All three run, and a job then says that its relay has no room for it. */
  const waiting = (...names: string[]): FleetState => {
    const state = stateOf(fleetWith());
    startAll(state);
    for (const name of ['a', 'b', 'c']) tell(state, name, 'Running');
    for (const name of names) lack(state, name, 2 ** 31);
    return state;
  };
  const lack = (state: FleetState, name: string, roomBytes: number): void => {
    const server = state.status(NOON).servers.find((one) => one.name === name);
    if (server === undefined) throw new Error(name);
    state.update({ ...server, status: 'Queued', step: 'preflight', reason: LACKS, roomBytes });
  };
  /** The relay says of each that waits whether there is room; answers who was asked for. */
  const answer = (
    state: FleetState,
    lacks: Record<string, string>,
    slots: number | null = null,
  ): string[] => {
    const { asOf, relays } = state.relayInquiries();
    state.takeAnswers(
      asOf,
      relays.map((inquiry) => ({
        inquiry,
        answer: { slots, lacks: inquiry.waiting.map(({ job }) => lacks[job.server] ?? null) },
      })),
    );
    return relays.flatMap((inquiry) => inquiry.waiting.map(({ job }) => job.server));
  };

  it('is waited for without a place, with the reason of the relay, until the relay says that it is there', () => {
    const state = waiting('b', 'c');
    expect(state.status(NOON).waves[0]).toMatchObject({ running: 1, queued: 2 });
    expect(reasonOf(state, 'b')).toBe(LACKS);
    expect(answer(state, { b: 'waits for less', c: LACKS })).toEqual(['b', 'c']);
    expect(reasonOf(state, 'b')).toBe('waits for less');
    expect(state.nextToAdmit(NOON)).toBeNull();
    tell(state, 'a', 'Finished');
    expect(state.mustAskRelays()).toBe(true);
    answer(state, { b: LACKS });
    expect(state.nextToAdmit(NOON)?.name).toBe('c');
    expect(state.waitsForRoom()).toBe(true);
  });

  it('is the operator’s to make once nothing runs and the relays were asked since', () => {
    const state = waiting('b');
    tell(state, 'c', 'Finished');
    answer(state, { b: LACKS });
    expect(state.status(NOON).outcome).toBe('running');
    tell(state, 'a', 'Finished');
    expect(state.status(NOON).outcome).toBe('running');
    answer(state, { b: LACKS });
    expect(state.status(NOON)).toMatchObject({ outcome: 'waiting', waves: [{ state: 'running' }, {}] });
    state.edit({ fleet: fleetWith(), waves: null, only: null });
    expect(state.status(NOON).outcome).toBe('running');
    answer(state, {});
    expect(state.status(NOON).outcome).toBe('running');
    expect(state.nextToAdmit(NOON)?.name).toBe('b');
  });

  it('does not hold up servers that have not started', () => {
    const state = stateOf(fleetWith({ slots: 1 }));
    expect(startAll(state)).toEqual(['a']);
    lack(state, 'a', 2 ** 31);
    answer(state, { a: LACKS });
    expect(startAll(state)).toEqual(['b']);
    tell(state, 'b', 'Finished');
    answer(state, {});
    expect(state.nextToAdmit(NOON)?.name).toBe('a');
  });

  it('is asked for again by a job that got less than it needs, and by one that was edited', () => {
    const state = waiting('b');
    const { asOf, relays } = state.relayInquiries();
    lack(state, 'b', 2 ** 32);
    // The answer to the question before.
    state.takeAnswers(
      asOf,
      relays.map((inquiry) => ({ inquiry, answer: { slots: null, lacks: [null] } })),
    );
    expect(state.nextToAdmit(NOON)).toBeNull();
    expect(state.mustAskRelays()).toBe(true);
    answer(state, { b: LACKS });
    state.edit({
      fleet: fleetWith({ servers: { b: { overrides: { image: { format: 'raw' } } } } }),
      waves: null,
      only: null,
    });
    expect(state.nextToAdmit(NOON)?.name).toBe('b');
  });

  it('goes on being waited for where the relay gives no answer', () => {
    const state = waiting('b');
    const { asOf, relays } = state.relayInquiries();
    state.takeAnswers(
      asOf,
      relays.map((inquiry) => ({ inquiry, answer: null })),
    );
    expect(state.mustAskRelays()).toBe(false);
    expect(reasonOf(state, 'b')).toBe(LACKS);
  });

  it('has places of its own: a relay serves no more servers than it says itself', () => {
    const state = stateOf(fleetWith({ slots: 3 }));
    answer(state, {}, 1);
    expect(startAll(state)).toEqual(['a']);
    expect(reasonOf(state, 'b')).toBe('every place on the relays is taken');
    answer(state, {}, 100);
    expect(startAll(state)).toEqual(['b', 'c']);
  });
});

describe('an edited inventory', () => {
  const running = (): FleetState => {
    const state = stateOf(fleetWith({ first: { concurrency: 1 } }));
    startAll(state);
    const [a] = state.status(NOON).servers;
    if (a !== undefined) state.update({ ...a, status: 'Running', step: 'sync', phase: 'Syncing' });
    return state;
  };
  const edited = (fleet: Fleet) => ({ fleet, waves: null, only: null });

  it('is nothing where nothing differs', () => {
    const state = running();
    expect(state.edit(edited(fleetWith({ first: { concurrency: 1 } })))).toEqual({
      answer: { accepted: true, message: '' },
      changed: [],
    });
  });

  it('adds servers and changes limits', () => {
    const state = running();
    const fleet = fleetWith({ first: { concurrency: 2 } });
    const [first, second] = fleet.waves;
    if (first === undefined || second === undefined) throw new Error('two waves');
    const more = { ...fleet.servers[0], name: 'e', host: 'e.example' } as Fleet['servers'][number];
    const { answer } = state.edit(
      edited({
        ...fleet,
        waves: [{ ...first, servers: ['e', ...first.servers] }, second],
        servers: [...fleet.servers, more],
      }),
    );
    expect(answer.message).toContain('1 servers added');
    expect(startAll(state)).toEqual(['e']);
    expect(state.status(NOON).servers.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'e Ready',
      'a Running',
      'b Queued',
      'c Queued',
      'd Queued',
    ]);
  });

  it('adds a server that is finished or skipped already as such, and counts the jobs of one that is not', () => {
    const fleet = fleetWith();
    const state = new FleetState({ fleet, waves: null, only: ['a'] }, null, new Date(NOON).toISOString());
    const [known] = stateOf(fleet).status(NOON).servers;
    if (known === undefined) throw new Error('four servers');
    const earlier = [
      { ...known, name: 'a', job: 'job/m/a/4', status: 'Finished' as const },
      { ...known, name: 'b', job: 'job/m/b/3', status: 'Finished' as const },
      { ...known, name: 'c', job: 'job/m/c/5', status: 'Cancelled' as const },
      { ...known, name: 'd', job: 'job/m/d/2', status: 'Skipped' as const },
    ];
    expect(state.addedBy(edited(fleet))).toEqual(['b', 'c', 'd']);
    state.edit(edited(fleet), earlier);
    expect(state.status(NOON).servers.map(({ job, status }) => `${job} ${status}`)).toEqual([
      'job/m/a/1 Queued',
      'job/m/b/3 Finished',
      'job/m/c/6 Queued',
      'job/m/d/2 Skipped',
    ]);
  });

  it('hands a running job the other distance of its deltas', () => {
    const state = running();
    const fleet = fleetWith({ first: { concurrency: 1 } });
    const sync = { ...fleet.defaults.sync, everyMs: 1 };
    const { changed } = state.edit(edited({ ...fleet, defaults: { ...fleet.defaults, sync } }));
    expect(changed).toMatchObject([{ job: 'job/m/a/1', settings: { defaults: { sync: { everyMs: 1 } } } }]);
  });

  it('lets a running job do without snapshots, but in a run that has refused that once', () => {
    const fleet = fleetWith({ first: { concurrency: 1 } });
    const sync = { ...fleet.defaults.sync, snapshot: 'off' as const };
    const off = edited({ ...fleet, defaults: { ...fleet.defaults, sync } });
    const { changed } = running().edit(off);
    expect(changed).toMatchObject([{ job: 'job/m/a/1', settings: { defaults: { sync } } }]);
    expect(running().edit(off, [], () => false).answer).toMatchObject({
      accepted: false,
      message: expect.stringContaining('its sync can no longer change') as unknown,
    });
  });

  it('hands a running job its other ssh settings, and refuses what its replica was made of', () => {
    const state = running();
    const ssh = fleetWith({
      first: { concurrency: 1 },
      servers: { a: { overrides: { ssh: { port: 2222 } } } },
    });
    const { answer, changed } = state.edit(edited(ssh));
    expect(answer.accepted).toBe(true);
    expect(changed).toMatchObject([{ job: 'job/m/a/1', settings: { fleetServer: { name: 'a' } } }]);

    const host = fleetWith({ first: { concurrency: 1 }, servers: { a: { host: 'other.example' } } });
    expect(state.edit(edited(host)).answer).toMatchObject({
      accepted: false,
      message: expect.stringContaining('its host can no longer change: fleetlift cancel a') as unknown,
    });
  });

  it('refuses to lose a server that runs, and drops one that has not started', () => {
    const state = running();
    const fleet = fleetWith({ first: { concurrency: 1 } });
    const without = (name: string): Fleet => ({
      ...fleet,
      waves: fleet.waves.map((wave) => ({ ...wave, servers: wave.servers.filter((one) => one !== name) })),
      servers: fleet.servers.filter((one) => one.name !== name),
    });
    expect(state.edit(edited(without('a'))).answer.message).toContain('fleetlift skip a');
    expect(state.edit(edited(without('b'))).answer.accepted).toBe(true);
    expect(state.status(NOON).servers.map(({ name }) => name)).toEqual(['a', 'c', 'd']);
  });

  it('widens the choice of servers and never narrows it', () => {
    const fleet = fleetWith();
    const state = new FleetState(
      { fleet, waves: ['first'], only: ['a'] },
      null,
      new Date(NOON).toISOString(),
    );
    state.edit({ fleet, waves: null, only: ['d'] });
    expect(state.status(NOON).servers.map(({ name }) => name)).toEqual(['a', 'd']);
    state.edit({ fleet, waves: null, only: null });
    expect(state.status(NOON).servers).toHaveLength(4);
    state.edit({ fleet, waves: ['first'], only: null });
    expect(state.status(NOON).servers).toHaveLength(4);
  });

  it('is not taken back by one that was read before it: that adds its choice of servers only', () => {
    const fleet = fleetWith();
    const input = { fleet, waves: ['first'], only: null, readAt: '2026-12-01T12:00:00.000Z' };
    const state = new FleetState(input, null, new Date(NOON).toISOString());
    const old = fleetWith({ servers: { a: { host: 'old.example' } } });
    const readAt = '2026-11-30T12:00:00.000Z';
    expect(state.edit({ fleet: old, waves: ['second'], only: null, readAt }).answer.accepted).toBe(true);
    expect(state.status(NOON).servers).toHaveLength(4);
    expect(state.current()).toMatchObject({ fleet, readAt: input.readAt });

    const gone = state.edit({ fleet: old, waves: ['third'], only: null, readAt }).answer;
    expect(gone).toEqual({
      accepted: false,
      message: 'the inventory that was applied since has no wave third any more: first, second',
    });
  });

  it('that is the same counts as the newest all the same', () => {
    const fleet = fleetWith();
    const input = { fleet, waves: null, only: null, readAt: '2026-12-01T12:00:00.000Z' };
    const state = new FleetState(input, null, new Date(NOON).toISOString());
    const readAt = '2026-12-02T12:00:00.000Z';
    expect(state.edit({ ...input, readAt }).answer).toEqual({ accepted: true, message: '' });
    expect(state.current().readAt).toBe(readAt);
  });
});

describe('a word of a job', () => {
  it('is not listened to where a newer one has overtaken it', () => {
    const state = stateOf(fleetWith());
    startAll(state);
    const [a] = state.status(NOON).servers;
    if (a === undefined) throw new Error('a server');
    const hears = (status: JobStatus, told: number): JobStatus | undefined => {
      state.update({ ...a, status, told });
      return state.status(NOON).servers[0]?.status;
    };
    expect(hears('Running', 1_000)).toBe('Running');
    expect(hears('Stopped', 2_000)).toBe('Stopped');
    expect(hears('Running', 1_000)).toBe('Stopped');
    expect(hears('Running', 2_000)).toBe('Stopped');
    expect(hears('Queued', 2_001)).toBe('Queued');
  });
});
