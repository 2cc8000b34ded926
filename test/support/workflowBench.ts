/** The production workflows on a real dev server, with simulated activities. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, type DataConverter, type PayloadCodec } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  type ReplayWorkerOptions,
  type WorkerOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import { pino } from 'pino';
import { activityInterceptors } from '../../activities/support/interceptors.js';
import { pollUntil } from '../../activities/support/poll.js';
import type { Fleet } from '../../src/model/fleet.js';
import { migrationId, ORCHESTRATOR_QUEUE, type MigrationResult } from '../../src/model/job.js';
import type {
  CommandAnswer,
  MigrationStatus,
  OperateOptions,
  ServerSummary,
} from '../../src/model/messages.js';
import type { Operation } from '../../src/model/operations.js';
import { findTemporalCli } from '../../src/service/temporalCli.js';
import { stateLayout, type StateLayout } from '../../src/state/layout.js';
import { askUpdate } from '../../src/temporal/updates.js';
import {
  jobStatusQuery,
  migrationStatusQuery,
  operateUpdate,
  searchAttributes,
} from '../../workflows/messages.js';
import { bundleWorkflows } from './bundle.js';
import { Machine, type MachineOptions } from './Machine.js';
import { benchPayloads } from './payloads.js';
import { newSimulation, simulatedActivities, type Simulation } from './simulation.js';

const DEADLINE_MS = 60_000;

// Simulated failures are no news; thousands of them would bury what a test has to say.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

export interface BenchOptions {
  /** Names of the relays. */
  readonly relays?: readonly string[];
  /** Machines that are orchestrator and every relay at once. */
  readonly machines?: number;
  readonly bundle?: WorkflowBundle;
  readonly worker?: Partial<WorkerOptions>;
  /** Events after which workflows go on in new runs; null: the server's own limit, 4,096. */
  readonly continueAsNewAt?: number | null;
}

export class WorkflowBench {
  private constructor(
    readonly env: TestWorkflowEnvironment,
    readonly simulation: Simulation,
    /** For a worker that replays the histories of this bench. */
    readonly replayOptions: ReplayWorkerOptions,
    /** The state folder of its orchestrators. */
    readonly layout: StateLayout,
    private readonly machine: MachineOptions,
    private readonly machines: Machine[],
    /** Done once, in the midst of a workflow task: it has been worked on, and Temporal has not been told. */
    readonly inNextTask: { do: (() => Promise<void>) | null },
  ) {}

  static async start({
    relays = ['local'],
    machines = 1,
    bundle,
    worker = {},
    continueAsNewAt = 300,
  }: BenchOptions = {}): Promise<WorkflowBench> {
    const folder = mkdtempSync(join(tmpdir(), 'fleetlift-bench-'));
    const layout = stateLayout(folder);
    const payloads = benchPayloads(layout.payloadKeyFile);
    const env = await TestWorkflowEnvironment.createLocal({
      client: { dataConverter: payloads.client },
      server: {
        executable: { type: 'existing-path', path: findTemporalCli() },
        searchAttributes: Object.values(searchAttributes),
        extraArgs:
          continueAsNewAt === null
            ? []
            : ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${continueAsNewAt}`],
      },
    });
    const simulation = newSimulation();
    const replay = { dataConverter: payloads.worker, workflowBundle: bundle ?? (await bundleWorkflows()) };
    const inNextTask: WorkflowBench['inNextTask'] = { do: null };
    const machine: MachineOptions = {
      address: env.address,
      base: {
        ...replay,
        dataConverter: interrupted(payloads.worker, inNextTask),
        interceptors: { activity: activityInterceptors(pino({ level: 'silent' })) },
        maxHeartbeatThrottleInterval: '100ms',
        ...worker,
      },
      activities: simulatedActivities(simulation, env.client, layout),
      relays,
    };
    const bench = new WorkflowBench(env, simulation, replay, layout, machine, [], inNextTask);
    try {
      while (bench.machines.length < machines) bench.machines.push(await Machine.start(machine));
      return bench;
    } catch (error) {
      await bench.dispose();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.machines.map((machine) => machine.stop()));
    await this.env.teardown();
    rmSync(this.layout.dir, { recursive: true, force: true });
  }

  /** Does something while no worker runs: what it sends arrives in one workflow task afterwards. */
  async whileNothingRuns<T>(work: () => Promise<T>): Promise<T> {
    const stopped = this.machines.splice(0);
    await Promise.all(stopped.map((machine) => machine.stop()));
    try {
      return await work();
    } finally {
      this.machines.push(...(await Promise.all(stopped.map(() => Machine.start(this.machine)))));
    }
  }

  /** A machine goes away with all it does, and another one takes its place. */
  async replaceMachine(at: number): Promise<void> {
    const index = at % this.machines.length;
    const gone = this.machines[index];
    this.machines[index] = await Machine.start(this.machine);
    await gone?.stop();
  }

  migrate(fleet: Fleet) {
    return this.env.client.workflow.start<(input: object) => Promise<MigrationResult>>('migrationWorkflow', {
      workflowId: migrationId(fleet.name),
      taskQueue: ORCHESTRATOR_QUEUE,
      args: [{ fleet, waves: null, only: null }],
    });
  }

  statusWhen(
    name: string,
    test: (status: MigrationStatus) => boolean,
    { everyMs = 100, deadlineMs = DEADLINE_MS } = {},
  ): Promise<MigrationStatus> {
    const handle = this.env.client.workflow.getHandle(migrationId(name));
    return pollUntil(everyMs, AbortSignal.timeout(deadlineMs), async () => {
      const status = await handle.query(migrationStatusQuery);
      return test(status) ? status : null;
    });
  }

  /** Asks a job's first run for its record until it is as wanted. */
  jobWhen(
    migration: string,
    server: string,
    test: (record: ServerSummary) => boolean,
    everyMs = 50,
  ): Promise<ServerSummary> {
    const handle = this.job(migration, server);
    return pollUntil(everyMs, AbortSignal.timeout(DEADLINE_MS), async () => {
      // It may not have started yet.
      const record = await handle.query(jobStatusQuery).catch(() => null);
      return record !== null && test(record) ? record : null;
    });
  }

  /** Waits until a job goes on in another run than this one. */
  async runAfter(migration: string, server: string, runId: string): Promise<void> {
    await pollUntil(200, AbortSignal.timeout(100_000), async () => {
      const { runId: now } = await this.job(migration, server).describe();
      return now === runId ? null : true;
    });
  }

  job(migration: string, server: string) {
    return this.env.client.workflow.getHandle(`job/${migration}/${server}/1`);
  }

  /** Asks a job as the CLI does: one that goes on in a new run at that very moment is asked again. */
  async operate(
    migration: string,
    server: string,
    operation: Operation,
    options: OperateOptions = {},
  ): Promise<CommandAnswer> {
    const { workflowId } = this.job(migration, server);
    const answer = await askUpdate(this.env.client, workflowId, operateUpdate, operation, options);
    if (answer === null)
      throw new Error(`${workflowId} has ended, or never was: ${operation} reaches nobody`);
    return answer;
  }

  callsOf(migration: string, server: string): string[] {
    return this.simulation.calls
      .filter((call) => call.migration === migration && call.server === server)
      .map(({ activity }) => activity);
  }

  async called(migration: string, server: string, activity: string, times = 1): Promise<void> {
    await pollUntil(20, AbortSignal.timeout(DEADLINE_MS), () => {
      const calls = this.callsOf(migration, server).filter((one) => one === activity);
      return Promise.resolve(calls.length >= times ? true : null);
    });
  }
}

/** The same, with something to be done before the next encoding. */
function interrupted(converter: DataConverter, inNextTask: WorkflowBench['inNextTask']): DataConverter {
  const interrupting: PayloadCodec = {
    encode: async (payloads) => {
      const work = inNextTask.do;
      inNextTask.do = null;
      await work?.();
      return payloads;
    },
    decode: (payloads) => Promise.resolve(payloads),
  };
  return { ...converter, payloadCodecs: [...(converter.payloadCodecs ?? []), interrupting] };
}

export const migrationName = (): string => `m-${randomUUID().slice(0, 8)}`;

/** What an activity throws: a failure of the catalogue. */
export function failure(type: string, retryable: boolean): ApplicationFailure {
  return ApplicationFailure.create({
    message: `simulated ${type}`,
    type,
    nonRetryable: true,
    details: [{ remedy: 'none', retryable }],
  });
}
