/** The production workflows on a real dev server, with simulated activities. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, type PayloadCodec } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  Worker,
  type ReplayWorkerOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { startScheduledWave } from '../../activities/scheduledWave.js';
import { activityInterceptors } from '../../activities/support/interceptors.js';
import { pollUntil } from '../../activities/support/poll.js';
import type { Fleet } from '../../src/model/fleet.js';
import { migrationId, ORCHESTRATOR_QUEUE, relayQueue, type MigrationResult } from '../../src/model/job.js';
import type {
  CommandAnswer,
  MigrationStatus,
  OperateOptions,
  ServerSummary,
} from '../../src/model/messages.js';
import type { Operation } from '../../src/model/operations.js';
import type { ScheduledWave } from '../../src/model/schedule.js';
import { stateLayout, type StateLayout } from '../../src/state/layout.js';
import { dataConverter } from '../../src/temporal/dataConverter.js';
import { makePayloadKey } from '../../src/temporal/payloadKey.js';
import {
  jobStatusQuery,
  migrationStatusQuery,
  operateUpdate,
  searchAttributes,
} from '../../workflows/messages.js';
import { simulatedActivities, type Simulation } from './simulation.js';

const DEADLINE_MS = 60_000;
/** The workflows out of their sources, as scripts/build.mjs bundles them. */
const WORKFLOWS = {
  workflowsPath: new URL('../../workflows/index.ts', import.meta.url).pathname,
  workflowInterceptorModules: [new URL('../../workflows/interceptors.ts', import.meta.url).pathname],
  webpackConfigHook: withTypeScriptEndings,
};

export class WorkflowBench {
  /** Done once, in the midst of a workflow task: it has been worked on, and Temporal has not been told. */
  inNextTask: (() => Promise<void>) | null = null;
  private workers: readonly Worker[] = [];
  private running: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly env: TestWorkflowEnvironment,
    readonly simulation: Simulation,
    private readonly workflowBundle: WorkflowBundleWithSourceMap,
    readonly layout: StateLayout,
    private readonly keyFile: string,
  ) {}

  static async start(): Promise<WorkflowBench> {
    const path = existsSync('.cache/bin/temporal') ? '.cache/bin/temporal' : 'temporal';
    const folder = mkdtempSync(join(tmpdir(), 'fleetlift-bench-'));
    const keyFile = join(folder, 'payload.key');
    makePayloadKey(keyFile);
    const env = await TestWorkflowEnvironment.createLocal({
      client: { dataConverter: dataConverter(keyFile, 'client') },
      server: {
        executable: { type: 'existing-path', path },
        searchAttributes: Object.values(searchAttributes),
        // So that jobs and migrations go on in new runs within a test; the default is 4,096.
        extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=300'],
      },
    });
    const simulation: Simulation = {
      failures: new Map(),
      held: new Set(),
      full: new Set(),
      slots: null,
      calls: [],
      passes: [],
      running: new Set(),
      mostRunning: 0,
    };
    const workflowBundle = await bundleWorkflowCode(WORKFLOWS);
    const bench = new WorkflowBench(env, simulation, workflowBundle, stateLayout(folder), keyFile);
    await bench.runWorkers();
    return bench;
  }

  /** For a worker that replays the histories of this bench. */
  get replayOptions(): ReplayWorkerOptions {
    return { workflowBundle: this.workflowBundle, dataConverter: dataConverter(this.keyFile, 'worker') };
  }

  async dispose(): Promise<void> {
    await this.stopWorkers();
    await this.env.teardown();
    rmSync(this.layout.dir, { recursive: true, force: true });
  }

  /** Does something while no worker runs: what it sends arrives in one workflow task afterwards. */
  async whileNothingRuns<T>(work: () => Promise<T>): Promise<T> {
    await this.stopWorkers();
    try {
      return await work();
    } finally {
      await this.runWorkers();
    }
  }

  private async runWorkers(): Promise<void> {
    const { env, simulation, workflowBundle, layout } = this;
    const signed = dataConverter(this.keyFile, 'worker');
    const interrupting: PayloadCodec = {
      encode: async (payloads) => {
        const work = this.inNextTask;
        this.inNextTask = null;
        await work?.();
        return payloads;
      },
      decode: (payloads) => Promise.resolve(payloads),
    };
    const { orchestrator, relay } = simulatedActivities(simulation);
    const base = { connection: env.nativeConnection, interceptors: { activity: activityInterceptors } };
    this.workers = await Promise.all([
      Worker.create({
        ...base,
        taskQueue: ORCHESTRATOR_QUEUE,
        workflowBundle,
        dataConverter: { ...signed, payloadCodecs: [...(signed.payloadCodecs ?? []), interrupting] },
        activities: {
          ...orchestrator,
          startScheduledWave: (wave: ScheduledWave) => startScheduledWave(env.client, layout, wave),
        },
      }),
      Worker.create({
        ...base,
        taskQueue: relayQueue('local'),
        dataConverter: signed,
        activities: { ...relay },
      }),
    ]);
    this.running = Promise.all(this.workers.map((worker) => worker.run()));
  }

  private async stopWorkers(): Promise<void> {
    for (const worker of this.workers) worker.shutdown();
    await this.running;
  }

  migrate(fleet: Fleet) {
    return this.env.client.workflow.start<(input: object) => Promise<MigrationResult>>('migrationWorkflow', {
      workflowId: migrationId(fleet.name),
      taskQueue: ORCHESTRATOR_QUEUE,
      args: [{ fleet, waves: null, only: null }],
    });
  }

  statusWhen(name: string, test: (status: MigrationStatus) => boolean): Promise<MigrationStatus> {
    const handle = this.env.client.workflow.getHandle(migrationId(name));
    return pollUntil(100, AbortSignal.timeout(DEADLINE_MS), async () => {
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

  operate(
    migration: string,
    server: string,
    operation: Operation,
    options: OperateOptions = {},
  ): Promise<CommandAnswer> {
    return this.job(migration, server).executeUpdate(operateUpdate, { args: [operation, options] });
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

/** Sources import each other by their compiled endings. */
function withTypeScriptEndings<T extends { resolve?: object }>(config: T): T {
  return { ...config, resolve: { ...config.resolve, extensionAlias: { '.js': ['.ts', '.js'] } } };
}
