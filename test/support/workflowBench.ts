/** The production workflows on a real dev server, with simulated activities. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { ApplicationFailure, type PayloadCodec } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
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
import {
  jobStatusQuery,
  migrationStatusQuery,
  operateUpdate,
  searchAttributes,
} from '../../workflows/messages.js';
import { simulatedActivities, type Simulation } from './simulation.js';

const DEADLINE_MS = 60_000;

export class WorkflowBench {
  /** Done once, in the midst of a workflow task: it has been worked on, and Temporal has not been told. */
  inNextTask: (() => Promise<void>) | null = null;
  private workers: readonly Worker[] = [];
  private running: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly env: TestWorkflowEnvironment,
    readonly simulation: Simulation,
    private readonly workflowBundle: WorkflowBundleWithSourceMap,
  ) {}

  static async start(): Promise<WorkflowBench> {
    const path = existsSync('.cache/bin/temporal') ? '.cache/bin/temporal' : 'temporal';
    const env = await TestWorkflowEnvironment.createLocal({
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
      calls: [],
      passes: [],
      running: 0,
      mostRunning: 0,
    };
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: new URL('../../workflows/index.ts', import.meta.url).pathname,
      webpackConfigHook: withTypeScriptEndings,
    });
    const bench = new WorkflowBench(env, simulation, workflowBundle);
    await bench.runWorkers();
    return bench;
  }

  async dispose(): Promise<void> {
    await this.stopWorkers();
    await this.env.teardown();
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
    const { env, simulation, workflowBundle } = this;
    const connection = env.nativeConnection;
    const { orchestrator, relay } = simulatedActivities(simulation);
    const codec: PayloadCodec = {
      encode: async (payloads) => {
        const work = this.inNextTask;
        this.inNextTask = null;
        await work?.();
        return payloads;
      },
      decode: (payloads) => Promise.resolve(payloads),
    };
    const dataConverter = { payloadCodecs: [codec] };
    this.workers = await Promise.all([
      Worker.create({
        connection,
        taskQueue: ORCHESTRATOR_QUEUE,
        workflowBundle,
        dataConverter,
        activities: { ...orchestrator },
      }),
      Worker.create({ connection, taskQueue: relayQueue('local'), activities: { ...relay } }),
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
