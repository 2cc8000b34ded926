/** Activities that touch nothing, for tests of the production workflows: they note their calls and fail as told. */
import { Context } from '@temporalio/activity';
import type { JobContext, OrchestratorActivities, RelayActivities } from '../../src/model/activities.js';
import type { SourceFacts } from '../../src/model/facts.js';
import type { Fleet } from '../../src/model/fleet.js';
import type { ServerResult } from '../../src/model/job.js';
import type { ReplicaPlan } from '../../src/model/plan.js';

export interface Simulation {
  /** What `<server>:<activity>` throws, one for each call from the first. */
  readonly failures: Map<string, Error[]>;
  /** Activities `<server>:<activity>` that go on until they are taken out of here, or are cancelled. */
  readonly held: Set<string>;
  /** Servers that the relay has no room for. */
  readonly full: Set<string>;
  /** Servers that the relay serves at a time, as it says itself. */
  slots: number | null;
  readonly calls: { migration: string; server: string; activity: string }[];
  readonly passes: { server: string; number: number; kind: string }[];
  /** Servers between their first preflight and their end, `<migration>/<server>`. */
  readonly running: Set<string>;
  mostRunning: number;
  earlier?: ServerResult[];
}

const NO_ROOM = 'waits for room on relay local: needs 1.0 GiB, 0.1 GiB free in /srv';

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

/** What is simulated of the orchestrator's activities; the others touch Temporal only, and are the real ones. */
type SimulatedOrchestrator = Omit<OrchestratorActivities, 'startScheduledWave'>;

/** The activities of orchestrator and relay, as workflows see them. */
export function simulatedActivities(simulation: Simulation): {
  orchestrator: SimulatedOrchestrator;
  relay: RelayActivities;
} {
  const note = <T>(activity: string, answer: T) => {
    return async (context: Pick<JobContext, 'job'>): Promise<T> => {
      const { migration, server } = context.job;
      simulation.calls.push({ migration, server, activity });
      const error = simulation.failures.get(`${server}:${activity}`)?.shift();
      if (error !== undefined) throw error;
      while (simulation.held.has(`${server}:${activity}`)) {
        Context.current().heartbeat();
        await Context.current().sleep(20);
      }
      return answer;
    };
  };
  const pass = {
    number: 1,
    state: 'done' as const,
    startedAtEpoch: 0,
    doneBytes: 1,
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
  const boot = { firmware: 'bios' as const, booted: true, seconds: 1, screenshot: '', log: '' };
  return {
    orchestrator: {
      preflight: (context) => {
        simulation.running.add(`${context.job.migration}/${context.job.server}`);
        simulation.mostRunning = Math.max(simulation.mostRunning, simulation.running.size);
        return note('preflight', {
          facts: { filesystems: [], clockSkewMs: 0 } as unknown as SourceFacts,
          findings: [],
          sourceId: `id-${context.job.server}`,
        })(context);
      },
      importSource: note('importSource', { plan: { remarks: [] } as unknown as ReplicaPlan }),
      makeTransferKey: note('makeTransferKey', 'ssh-ed25519 AAAA'),
      runPass: (context, request) => {
        simulation.passes.push({ server: context.job.server, number: request.number, kind: request.kind });
        return note('runPass', { ...pass, startedAtEpoch: Math.floor(Date.now() / 1000) })(context);
      },
      judgeDifferences: note('judgeDifferences', {
        checksum: { files: 1, differences: 0, changedMeanwhile: 0 },
        examples: [],
      }),
      refreshSource: note('refreshSource', {
        facts: { filesystems: [], clockSkewMs: 0 } as unknown as SourceFacts,
        plan: { remarks: [] } as unknown as ReplicaPlan,
      }),
      quiesce: note('quiesce', '2026-11-01T00:00:00.000Z'),
      holdStill: (context) => {
        simulation.held.add(`${context.job.server}:holdStill`);
        return note('holdStill', undefined)(context);
      },
      endStillness: (context, how) => note(`endStillness ${how}`, undefined)(context),
      checkBoot: note('checkBoot', { commands: [] }),
      removeAgent: note('removeAgent', undefined),
      releaseSource: (_id, job) => note('releaseSource', undefined)({ job }),
      recordResult: (migration, result) => {
        simulation.running.delete(`${migration}/${result.name}`);
        return note('recordResult', undefined)({ job: { migration, server: result.name, number: 1 } });
      },
      forgetResult: (job) => {
        simulation.running.delete(`${job.migration}/${job.server}`);
        return note('forgetResult', undefined)({ job });
      },
      earlierResults: () => Promise.resolve(simulation.earlier ?? []),
      findClosedJobs: (ids) => Promise.resolve([...ids]),
    },
    relay: {
      relayReport: note('relayReport', {
        name: 'local',
        port: 8703,
        freeBytes: 1e12,
        capacityBytes: 1e12,
        imageNameTaken: false,
      }),
      askRelay: (_relay, waiting) =>
        Promise.resolve({
          slots: simulation.slots,
          lacks: waiting.map(({ job }) => (simulation.full.has(job.server) ? NO_ROOM : null)),
        }),
      reserveRoom: async (context) => {
        await note('reserveRoom', undefined)(context);
        return simulation.full.has(context.job.server)
          ? { reserved: false, neededBytes: 2 ** 30, reason: NO_ROOM }
          : { reserved: true };
      },
      prepareReplica: note('prepareReplica', undefined),
      limitTransfer: note('limitTransfer', undefined),
      openReceiver: note('openReceiver', {
        port: 8703,
        user: 'root',
        hostKey: 'ssh-ed25519 AAAA',
        module: 'replica',
      }),
      watchReceiver: () => Promise.resolve(),
      receiverState: note('receiverState', { wireBytes: 0, freeBytes: 1e12 }),
      settlePass: note('settlePass', { wireBytes: 1, usedBytes: 1 }),
      sealReplica: note('sealReplica', undefined),
      openForVerify: note('openForVerify', undefined),
      closeReceiver: note('closeReceiver', undefined),
      restReplica: note('restReplica', undefined),
      buildImage: note('buildImage', { images: [image], changes: [] }),
      startBoot: note('startBoot', { address: '127.0.0.1', port: 1 }),
      stopBoot: note('stopBoot', boot),
      releaseReplica: note('releaseReplica', undefined),
      deleteJob: note('deleteJob', undefined),
      keepResult: note('keepResult', undefined),
      readLogs: note('readLogs', []),
    },
  };
}
