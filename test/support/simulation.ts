/** Activities that touch nothing, for tests of the production workflows: they note their calls and fail as told. */
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { findClosedJobs } from '../../activities/records.js';
import { startScheduledWave } from '../../activities/scheduledWave.js';
import { claimSource, releaseSource } from '../../activities/sourceLock.js';
import { tellMigration } from '../../activities/tellMigration.js';
import type {
  JobContext,
  JobEvidence,
  JudgedDifferences,
  OrchestratorActivities,
  PassRequest,
  RelayActivities,
} from '../../src/model/activities.js';
import type { SourceFacts } from '../../src/model/facts.js';
import type { Fleet } from '../../src/model/fleet.js';
import { jobId, type ServerResult } from '../../src/model/job.js';
import type { StateLayout } from '../../src/state/layout.js';
import type { ReplicaPlan } from '../../src/model/plan.js';

/** One call of an activity, as the simulation sees it. */
export interface SimulatedCall {
  readonly migration: string;
  readonly server: string;
  readonly activity: string;
  /** The relay that the call is for; null: the activity is not told. */
  readonly relay: string | null;
  /** What is done: kind of a pass, status of a result; null: the activity's name tells all. */
  readonly what: string | null;
}

export interface Simulation {
  /** What `<server>:<activity>` throws, one for each call from the first. */
  readonly failures: Map<string, Error[]>;
  /** Activities `<server>:<activity>` that go on until they are taken out of here, or are cancelled. */
  readonly held: Set<string>;
  /** Servers that the relay has no room for. */
  readonly full: Set<string>;
  /** Servers whose last pass can be read from snapshots. */
  readonly snapshots: Set<string>;
  /** Servers that the relay serves at a time, as it says itself. */
  slots: number | null;
  /** Machines of servers, where one is known to be the same as another's; else each server is one of its own. */
  readonly sources: Map<string, string>;
  readonly calls: SimulatedCall[];
  readonly passes: { server: string; number: number; kind: string; snapshots: readonly string[] }[];
  /** What the relay is given to keep as evidence: of a comparison, and at a job's end. */
  readonly kept: { server: string; evidence: JudgedDifferences | JobEvidence | undefined }[];
  /** Servers between their first preflight and their end, `<migration>/<server>`. */
  readonly running: Set<string>;
  mostRunning: number;
  /** Milliseconds that every activity takes at least. */
  lastsMs: number;
  earlier?: ServerResult[];
  /** Told when a call begins; what it answers is told how the call ended. */
  observe?: (call: SimulatedCall) => (ended: 'done' | 'failed') => void;
}

const NO_ROOM = 'waits for room on relay local: needs 1.0 GiB, 0.1 GiB free in /srv';

export function newSimulation(): Simulation {
  return {
    failures: new Map(),
    held: new Set(),
    full: new Set(),
    snapshots: new Set(),
    slots: null,
    sources: new Map(),
    calls: [],
    passes: [],
    kept: [],
    running: new Set(),
    mostRunning: 0,
    lastsMs: 0,
  };
}

/** These go on until they are cancelled. */
const UNTIL_CANCELLED = ['watchReceiver', 'holdStill', 'holdSnapshots'];

/** A fleet with these waves of servers and quick retries. */
export function fleetOf(name: string, waves: Record<string, string[]>, limits = { concurrency: 10 }): Fleet {
  return {
    name,
    defaults: {
      ssh: {},
      sync: {
        mode: 'once',
        everyMs: 900_000,
        network: 'direct',
        rateMbps: null,
        compression: 'auto',
        excludes: {},
        quiesce: [],
        afterCutover: 'leave-stopped',
        snapshot: 'auto',
        seed: 'auto',
      },
      image: { format: 'qcow2', name: null, disks: {} },
      verify: { checksum: true, boot: ['bios'], commands: [], ports: [] },
      retry: { maximumAttempts: 3, initialIntervalMs: 10 },
      validDays: 30,
    },
    limits: { ...limits, rateMbps: null },
    relays: [{ name: 'local', address: '127.0.0.1', port: 8703, dir: null, slots: 100 }],
    waves: Object.entries(waves).map(([wave, servers]) => ({
      name: wave,
      servers,
      approval: false,
      concurrency: null,
      maxFailures: null,
      window: null,
    })),
    servers: Object.values(waves)
      .flat()
      .map((server) => ({
        name: server,
        host: `${server}.example`,
        tags: [],
        dependsOn: [],
        notWith: [],
        overrides: {},
      })),
  };
}

/**
 * The activities of orchestrator and relay, as workflows see them. The lock of a source, and what is asked of Temporal,
 * are real.
 */
export function simulatedActivities(
  simulation: Simulation,
  client: Client,
  layout: StateLayout,
): {
  orchestrator: OrchestratorActivities;
  relay: RelayActivities;
} {
  const work = async ({ server, activity }: SimulatedCall): Promise<void> => {
    const error = simulation.failures.get(`${server}:${activity}`)?.shift();
    if (error !== undefined) throw error;
    if (simulation.lastsMs > 0) await Context.current().sleep(simulation.lastsMs);
    while (simulation.held.has(`${server}:${activity}`) || UNTIL_CANCELLED.includes(activity)) {
      Context.current().heartbeat();
      await Context.current().sleep(20);
    }
  };
  const note = <T>(activity: string, answer: T, what: string | null = null) => {
    return async ({ job, relay }: Pick<JobContext, 'job'> & Partial<JobContext>): Promise<T> => {
      const { migration, server } = job;
      const call = { migration, server, activity, relay: relay?.name ?? null, what };
      simulation.calls.push(call);
      const end = simulation.observe?.(call);
      try {
        await work(call);
        end?.('done');
        return answer;
      } catch (error) {
        end?.('failed');
        throw error;
      }
    };
  };
  const pass = {
    number: 1,
    state: 'done' as const,
    startedAtEpoch: 0,
    doneBytes: 1,
    readBytes: 1,
    filesystems: [],
    errorTail: '',
  };
  const image = {
    disk: 'system',
    relay: 'local',
    path: '/i',
    format: 'qcow2',
    virtualBytes: 1,
    fileBytes: 1,
    sha256: '0',
  };
  const planOf = (server: string): ReplicaPlan => {
    const snapshot = { filesystem: 'fs0', kind: 'btrfs', mountpoint: '/', device: '/dev/vda' } as const;
    const snapshots = simulation.snapshots.has(server) ? { snapshots: [snapshot] } : {};
    return { remarks: [], ...snapshots } as unknown as ReplicaPlan;
  };
  const notePass = ({ job }: JobContext, { number, kind, snapshots = [] }: PassRequest): void => {
    simulation.passes.push({ server: job.server, number, kind, snapshots });
  };
  const publicKey = 'ssh-ed25519 AAAA';
  const receiver = { port: 8703, user: 'root', hostKey: 'ssh-ed25519 AAAA', module: 'replica' };
  const boot = { seconds: 1, screenshot: '', log: '' };
  return {
    orchestrator: {
      preflight: (context) => {
        simulation.running.add(`${context.job.migration}/${context.job.server}`);
        simulation.mostRunning = Math.max(simulation.mostRunning, simulation.running.size);
        return note('preflight', {
          facts: { filesystems: [], clockSkewMs: 0 } as unknown as SourceFacts,
          findings: [],
          sourceId: simulation.sources.get(context.job.server) ?? jobId(context.job),
        })(context);
      },
      reachRelay: note('reachRelay', []),
      importSource: async (context, _facts, sourceId) => {
        const { job, server } = context;
        const outcome = { plan: planOf(job.server), publicKey };
        const imported = await note('importSource', outcome)(context);
        await claimSource(client, { sourceId, job, hostname: server.name, host: server.host });
        return imported;
      },
      makeTransferKey: note('makeTransferKey', publicKey),
      runPass: (context, request) => {
        notePass(context, request);
        const done = { ...pass, startedAtEpoch: Math.floor(Date.now() / 1000) };
        return note('runPass', done, request.kind)(context);
      },
      compare: (context, request) => {
        notePass(context, request);
        const judged = { checksum: { files: 1, differences: 0, changedMeanwhile: 0 }, examples: [] };
        return note('compare', judged)(context);
      },
      refreshSource: (context) =>
        note('refreshSource', {
          facts: { filesystems: [], clockSkewMs: 0 } as unknown as SourceFacts,
          plan: planOf(context.job.server),
          publicKey,
        })(context),
      quiesce: note('quiesce', '2026-11-01T00:00:00.000Z'),
      holdStill: note('holdStill', undefined),
      endStillness: (context, how) => note(`endStillness ${how}`, undefined)(context),
      takeSnapshots: (context, _facts, planned) =>
        note(
          'takeSnapshots',
          planned.map(({ filesystem }) => filesystem),
        )(context),
      holdSnapshots: note('holdSnapshots', undefined),
      dropSnapshots: note('dropSnapshots', undefined),
      checkBoot: note('checkBoot', { commands: [] }),
      removeAgent: note('removeAgent', undefined),
      releaseSource: async (sourceId, job) => {
        await note('releaseSource', undefined)({ job });
        await releaseSource(client, sourceId, job);
      },
      recordResult: (migration, result) => {
        simulation.running.delete(`${migration}/${result.name}`);
        const job = { migration, server: result.name, number: 1 };
        return note('recordResult', undefined, result.status)({ job });
      },
      forgetResult: (job) => {
        simulation.running.delete(`${job.migration}/${job.server}`);
        return note('forgetResult', undefined)({ job });
      },
      earlierResults: () => Promise.resolve(simulation.earlier ?? []),
      findClosedJobs: (ids) => findClosedJobs(client, ids),
      tellMigration: (migration, summary, news) => tellMigration(client, migration, summary, news),
      startScheduledWave: (wave) => startScheduledWave(client, layout, wave),
    },
    relay: {
      relayReport: note('relayReport', {
        name: 'local',
        port: 8703,
        freeBytes: 1e12,
        capacityBytes: 1e12,
        imageNameTaken: false,
      }),
      inspectRelay: (relay) => {
        const inspection = {
          freeBytes: 1 << 30,
          missing: [],
          boots: 'tcg',
          now: new Date(0).toISOString(),
        } as const;
        const job = { migration: '', server: relay.name, number: 0 };
        return note('inspectRelay', inspection)({ job });
      },
      askRelay: (_relay, waiting) =>
        Promise.resolve({
          slots: simulation.slots,
          lacks: waiting.map(({ job }) => (simulation.full.has(job.server) ? NO_ROOM : null)),
        }),
      openReplica: async (context) => {
        await note('openReplica', undefined)(context);
        return simulation.full.has(context.job.server)
          ? { reserved: false, neededBytes: 2 ** 30, reason: NO_ROOM }
          : { reserved: true, receiver };
      },
      limitTransfer: note('limitTransfer', undefined),
      watchReceiver: note('watchReceiver', undefined),
      receiverState: note('receiverState', { wireBytes: 0, freeBytes: 1e12 }),
      settlePass: note('settlePass', { wireBytes: 1, usedBytes: 1 }),
      openForVerify: note('openForVerify', receiver),
      closeReplica: (context, compared) => {
        simulation.kept.push({ server: context.job.server, evidence: compared });
        return note('closeReplica', { wireBytes: 1, usedBytes: 1 })(context);
      },
      restReplica: note('restReplica', undefined),
      buildImage: note('buildImage', { images: [image], changes: [] }),
      startBoot: note('startBoot', { address: '127.0.0.1', port: 1 }),
      stopBoot: (context, firmware, booted) =>
        note('stopBoot', { ...boot, firmware, booted }, firmware)(context),
      releaseReplica: note('releaseReplica', undefined),
      deleteJob: note('deleteJob', undefined),
      keepResult: (context, _result, evidence) => {
        simulation.kept.push({ server: context.job.server, evidence });
        return note('keepResult', undefined)(context);
      },
      readLogs: note('readLogs', []),
      readScreenshots: note('readScreenshots', []),
    },
  };
}
