/** Random migrations: a fleet, what fails in it, and what its operator does meanwhile. */
import fc from 'fast-check';
import { CATALOGUE } from '../../src/errors/catalogue.js';
import type { Fleet, FleetServer, ServerOverrides, Wave } from '../../src/model/fleet.js';
import { OPERATIONS } from '../../src/model/operations.js';
import { fleetOf } from '../support/simulation.js';

/** Places of a fleet's relays are few, so that servers compete for them. */
export const RELAYS = ['local', 'second'];

export interface Scenario {
  readonly waves: readonly WavePlan[];
  readonly concurrency: number;
  readonly slots: readonly number[];
  readonly failures: readonly PlannedFailure[];
  readonly commands: readonly PlannedCommand[];
}

interface WavePlan extends Pick<Wave, 'approval' | 'concurrency' | 'maxFailures'> {
  readonly servers: readonly ServerPlan[];
}

/** Other servers are named by numbers, counted around where they are too large. */
interface ServerPlan {
  readonly incremental: {
    readonly everyMs: number;
    readonly quiesce: boolean;
    readonly restart: boolean;
  } | null;
  readonly dependsOn: readonly number[];
  readonly notWith: readonly number[];
  /** Whether its last pass can be read from snapshots. */
  readonly snapshots: boolean;
}

interface PlannedFailure {
  readonly server: number;
  readonly activity: string;
  readonly code: keyof typeof CATALOGUE;
  readonly times: number;
}

export interface PlannedCommand {
  /** Calls of activities in the whole migration before it is typed; sooner where nothing goes on. */
  readonly afterCalls: number;
  readonly server: number;
  /** `edit`: the inventory with another cap, which reaches the transfers that run. */
  readonly operation: (typeof COMMANDS)[number];
}

const COMMANDS = [...OPERATIONS, 'edit'] as const;

/** Activities that may fail, each of them anywhere in the story of a server. */
const FALLIBLE = [
  ...['relayReport', 'preflight', 'importSource', 'makeTransferKey', 'openReplica', 'runPass', 'settlePass'],
  ...['openForVerify', 'compare', 'closeReplica', 'restReplica', 'refreshSource', 'quiesce', 'holdStill'],
  ...['endStillness keep', 'endStillness start', 'endStillness undo', 'buildImage', 'startBoot', 'checkBoot'],
  ...[
    'stopBoot',
    'releaseReplica',
    'releaseSource',
    'removeAgent',
    'deleteJob',
    'keepResult',
    'recordResult',
  ],
  ...['forgetResult', 'limitTransfer', 'takeSnapshots', 'holdSnapshots', 'dropSnapshots'],
];
const codes = Object.keys(CATALOGUE).filter((code) => code.startsWith('E-')) as (keyof typeof CATALOGUE)[];
/** As many of those that may pass as of those that may not. */
const code = fc.oneof(
  fc.constantFrom(...codes.filter((one) => CATALOGUE[one].retryable)),
  fc.constantFrom(...codes.filter((one) => !CATALOGUE[one].retryable)),
);

const server: fc.Arbitrary<ServerPlan> = fc.record({
  incremental: fc.option(
    fc.record({
      everyMs: fc.integer({ min: 300, max: 20_000 }),
      quiesce: fc.boolean(),
      restart: fc.boolean(),
    }),
  ),
  dependsOn: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(fc.nat(3), { maxLength: 2 })),
  notWith: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(fc.nat(3), { maxLength: 2 })),
  snapshots: fc.boolean(),
});

const wave: fc.Arbitrary<WavePlan> = fc.record({
  approval: fc.boolean(),
  concurrency: fc.option(fc.integer({ min: 1, max: 2 })),
  maxFailures: fc.option(fc.integer({ min: 0, max: 1 })),
  servers: fc.array(server, { minLength: 1, maxLength: 2 }),
});

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  waves: fc.array(wave, { minLength: 1, maxLength: 2 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  slots: fc.tuple(...RELAYS.map(() => fc.integer({ min: 1, max: 2 }))),
  failures: fc.array(
    fc.record({
      server: fc.nat(3),
      activity: fc.constantFrom(...FALLIBLE),
      code,
      times: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 5 },
  ),
  commands: fc.array(
    fc.record({
      afterCalls: fc.nat(100),
      server: fc.nat(3),
      operation: fc.constantFrom(...COMMANDS),
    }),
    { maxLength: 6 },
  ),
});

/** The scenario's fleet; its servers are named after it. */
export function fleetOfScenario(name: string, plan: Scenario): Fleet {
  const names = plan.waves.map(({ servers }, at) => servers.map((_, index) => `${name}-${at}${index}`));
  const fleet = fleetOf(name, Object.fromEntries(names.map((servers, at) => [`wave${at}`, servers])), {
    concurrency: plan.concurrency,
  });
  const all = names.flat();
  const plans = plan.waves.flatMap(({ servers }) => servers);
  const [relay] = fleet.relays;
  if (relay === undefined) throw new RangeError('a fleet has a relay');
  return {
    ...fleet,
    relays: plan.slots.map((slots, at) => ({ ...relay, name: RELAYS[at] ?? '', slots })),
    waves: fleet.waves.map((own, at) => ({ ...own, ...waveSettings(plan.waves[at]) })),
    servers: fleet.servers.map((own, at) => ({ ...own, ...serverSettings(plans[at], at, all) })),
  };
}

function waveSettings(plan: WavePlan | undefined): Partial<Wave> {
  if (plan === undefined) return {};
  const { approval, concurrency, maxFailures } = plan;
  return { approval, concurrency, maxFailures };
}

/** A server depends only on those before it, so that there is no circle. */
function serverSettings(
  plan: ServerPlan | undefined,
  at: number,
  all: readonly string[],
): Partial<FleetServer> {
  if (plan === undefined) return {};
  const named = (numbers: readonly number[], among: readonly string[]): string[] => [
    ...new Set(numbers.flatMap((number) => among[number % Math.max(1, among.length)] ?? [])),
  ];
  return {
    dependsOn: named(plan.dependsOn, all.slice(0, at)),
    notWith: named(plan.notWith, all).filter((name) => name !== all[at]),
    overrides: plan.incremental === null ? {} : incrementalOverrides(plan.incremental),
  };
}

function incrementalOverrides(plan: NonNullable<ServerPlan['incremental']>): ServerOverrides {
  return {
    sync: {
      mode: 'incremental',
      everyMs: plan.everyMs,
      quiesce: plan.quiesce ? ['postgresql'] : [],
      afterCutover: plan.restart ? 'restart' : 'leave-stopped',
    },
  };
}
