/** The workers of one process: orchestrator, relays, or both at once (embedded). */
import { readFile } from 'node:fs/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createOrchestratorActivities } from '../activities/createOrchestratorActivities.js';
import { createRelayActivities } from '../activities/relay/createRelayActivities.js';
import { activityInterceptors } from '../activities/support/interceptors.js';
import { beginToCount } from './metrics/events.js';
import { migrationsPart, relaysPart } from './metrics/parts.js';
import { startMetricsServer } from './metrics/server.js';
import type { Listening } from './listen.js';
import { ORCHESTRATOR_QUEUE, relayQueue } from './model/job.js';
import { relayFigures } from './relay/figures.js';
import { createRelayHome, type RelayHome } from './relay/home.js';
import { stateLayout } from './state/layout.js';
import { dataConverter } from './temporal/dataConverter.js';
import type { TemporalSettings } from './temporal/connect.js';
import { notReachable } from './temporal/notReachable.js';
import { installRuntime } from './temporal/runtime.js';

export interface RelayRole {
  readonly name: string;
  /** Folder for jobs whose inventory names none. */
  readonly dir: string;
  /** Servers of a migration at a time at most; null: as the inventory says. */
  readonly slots: number | null;
}

/** Where `/metrics` is served. */
export interface MetricsAddress {
  /** 0: any free port, which the log tells. */
  readonly port: number;
  readonly host: string;
}

export interface WorkersOptions extends TemporalSettings {
  readonly stateDir: string;
  readonly orchestrator: boolean;
  readonly relays: readonly RelayRole[];
  readonly metrics: MetricsAddress;
  readonly logger: Logger;
}

/** Time that running activities get to stop by themselves when the process is asked to end. */
const SHUTDOWN_GRACE = '15s';
/** SSH work waits for the network most of the time. */
const SSH_ACTIVITIES = 200;

/**
 * Runs the workers until the signal comes, then lets them finish or hand back what they do.
 * What a dead relay worker left is cleaned up or adopted before the first task is taken.
 *
 * @throws E-PAYLOAD-KEY, E-TEMPORAL where it cannot be reached, and what the workers throw when Temporal goes away for good
 */
export async function runWorkers(options: WorkersOptions, signal: AbortSignal): Promise<void> {
  const sdkUrl = await installRuntime(options.logger);
  const connection = await connect(options);
  const homes: RelayHome[] = [];
  let metrics: Listening | null = null;
  try {
    const client = new Client({
      connection,
      namespace: options.namespace,
      dataConverter: dataConverter(options, 'client'),
    });
    metrics = await startMetrics(options, client, sdkUrl);
    const base: WorkerOptions = {
      connection,
      namespace: options.namespace,
      dataConverter: dataConverter(options, 'worker'),
      taskQueue: ORCHESTRATOR_QUEUE,
      shutdownGraceTime: SHUTDOWN_GRACE,
      // A pause is heard with the answer to a heartbeat, and is to take effect within 10 s.
      maxHeartbeatThrottleInterval: '2s',
      interceptors: { activity: activityInterceptors(options.logger) },
    };
    const workers: Worker[] = [];
    for (const role of options.relays) {
      const home = await createRelayHome(
        { ...role, bootAddress: options.orchestrator ? '127.0.0.1' : null },
        options.logger,
      );
      homes.push(home);
      workers.push(
        await Worker.create({
          ...base,
          taskQueue: relayQueue(role.name),
          activities: { ...createRelayActivities(home) },
        }),
      );
    }
    if (options.orchestrator) {
      const code = await readFile(new URL('../workflow-bundle.js', import.meta.url), 'utf8');
      workers.push(
        await Worker.create({
          ...base,
          workflowBundle: { code },
          activities: { ...createOrchestratorActivities({ client, layout: stateLayout(options.stateDir) }) },
          maxConcurrentActivityTaskExecutions: SSH_ACTIVITIES,
        }),
      );
    }
    await runUntil(workers, signal);
  } finally {
    for (const home of homes) await home.close();
    await metrics?.close();
    await connection.close();
  }
}

/** Serves what an orchestrator knows of all migrations, a relay of its disks, and each of itself. */
async function startMetrics(
  { metrics, orchestrator, relays, logger }: WorkersOptions,
  client: Client,
  sdkUrl: string,
): Promise<Listening> {
  if (orchestrator) beginToCount();
  const server = await startMetricsServer({
    ...metrics,
    sdkUrl,
    parts: [
      ...(orchestrator ? [migrationsPart(client)] : []),
      ...(relays.length > 0 ? [relaysPart(relays.map((relay) => relayFigures(relay)))] : []),
    ],
    onFailure: (part, error) => logger.warn({ part, err: error }, 'a part of /metrics is incomplete'),
  });
  logger.info({ host: metrics.host, port: server.port }, 'serving /metrics');
  return server;
}

async function connect({ address, security }: TemporalSettings): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({ ...security, address });
  } catch (error) {
    throw notReachable(address, error);
  }
}

/** Runs all; when one fails, or the signal comes, the others are shut down too. */
async function runUntil(workers: readonly Worker[], signal: AbortSignal): Promise<void> {
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) return;
    const results = await Promise.allSettled(
      workers.map(async (worker) => {
        try {
          await worker.run();
        } finally {
          stop();
        }
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
