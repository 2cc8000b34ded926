/** The embedded service of one state folder: Temporal and a worker that is orchestrator and relay at once. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { FleetliftError } from '../errors/FleetliftError.js';
import { createLogger } from '../log/createLogger.js';
import { ORCHESTRATOR_QUEUE, relayQueue } from '../model/job.js';
import { chooseStateDir, makeStateDir, stateLayout, type StateLayout } from '../state/layout.js';
import { takeLock } from './lock.js';
import { choosePort } from '../ports.js';
import { processRef } from './processes.js';
import { projectVersion } from './projectDir.js';
import { prepareNamespace, waitForPollers } from './readiness.js';
import { removeEndpoint, writeEndpoint } from './records.js';
import { findTemporalCli } from './temporalCli.js';
import { startTemporalServer, type TemporalServer } from './temporalServer.js';
import { EXIT_LOCKED, NAMESPACE } from './constants.js';
import { makePayloadKey } from '../temporal/payloadKey.js';
import type { WorkersOptions } from '../worker.js';

const TEMPORAL_READY_MS = 60_000;
const WORKERS_READY_MS = 60_000;
const WORKERS_STOP_MS = 30_000;
/** Metrics tell names of servers: they are for this machine. */
const METRICS_HOST = '127.0.0.1';

const { values } = parseArgs({ options: { 'state-dir': { type: 'string' } } });
const log = createLogger(1);
process.exitCode = await serve(stateLayout(chooseStateDir(values['state-dir'])), log).catch(
  (error: unknown) => {
    log.fatal({ err: error }, error instanceof Error ? error.message : String(error));
    return 1;
  },
);
// Temporal's native runtime keeps handles of its own.
process.exit();

async function serve(layout: StateLayout, log: Logger): Promise<number> {
  const stop = stopOnSignals(log);
  makeStateDir(layout);
  if (!takeLock(layout.lockFile)) {
    log.error({ lock: layout.lockFile }, 'another service has this state folder');
    return EXIT_LOCKED;
  }
  makePayloadKey(layout.payloadKeyFile);
  const temporal = await startTemporalServer(layout, findTemporalCli(), log);
  try {
    // Both reject only where Temporal cannot be kept alive.
    await Promise.race([run(layout, temporal, stop, log), temporal.failed]);
  } finally {
    removeEndpoint(layout);
    await temporal.stop();
  }
  log.info('stopped');
  return 0;
}

async function run(
  layout: StateLayout,
  temporal: TemporalServer,
  stop: AbortSignal,
  log: Logger,
): Promise<void> {
  await untilStop(stop, prepareNamespace(temporal.address, TEMPORAL_READY_MS));
  const metricsPort = await choosePort(null);
  const options: WorkersOptions = {
    address: temporal.address,
    namespace: NAMESPACE,
    payloadKeyFile: layout.payloadKeyFile,
    stateDir: layout.dir,
    orchestrator: true,
    relays: [{ name: 'local', dir: layout.relayDir, slots: null }],
    metrics: { port: metricsPort, host: METRICS_HOST },
    logger: log,
  };
  const working = keepWorking(options, stop, log);
  const queues = [ORCHESTRATOR_QUEUE, ...options.relays.map((relay) => relayQueue(relay.name))];
  const ready = await Promise.race([
    untilStop(stop, waitForPollers(temporal.address, queues, WORKERS_READY_MS)),
    // Ends before that only by a stop, or rejects where the workers cannot run at all.
    working.then(() => null),
  ]);
  if (ready === false) {
    throw new FleetliftError('E-SERVICE', { message: 'the workers did not start to ask for work' });
  }
  const own = processRef(process.pid);
  if (ready === true && own !== null) {
    writeEndpoint(layout, {
      ...own,
      protocol: 1,
      version: projectVersion(),
      address: temporal.address,
      namespace: NAMESPACE,
      uiUrl: temporal.uiUrl,
      metricsUrl: `http://${METRICS_HOST}:${metricsPort}/metrics`,
    });
    log.info({ address: temporal.address, ui: temporal.uiUrl }, 'ready');
  }
  await working;
}

/** Runs the workers until the stop, and makes them anew where they give up because Temporal was away for long. */
async function keepWorking(options: WorkersOptions, stop: AbortSignal, log: Logger): Promise<void> {
  // Only now: it brings Temporal's native runtime along, which a service without the lock need not load.
  const { runWorkers } = await import('../worker.js');
  while (!stop.aborted) {
    try {
      await withDeadlineAfterStop(runWorkers(options, stop), stop);
    } catch (error) {
      log.error({ err: error }, 'the workers ended by an error');
      await delay(1_000, undefined, { signal: stop }).catch(() => undefined);
      await untilStop(stop, prepareNamespace(options.address, TEMPORAL_READY_MS));
    }
  }
}

/** What the promise answers, or null as soon as the stop comes. */
async function untilStop<T>(stop: AbortSignal, promise: Promise<T>): Promise<T | null> {
  if (stop.aborted) {
    promise.catch(() => undefined);
    return null;
  }
  return Promise.race([promise, once(stop, 'abort').then(() => null)]);
}

async function withDeadlineAfterStop(working: Promise<void>, stop: AbortSignal): Promise<void> {
  const overdue = once(stop, 'abort').then(async () => {
    await delay(WORKERS_STOP_MS, undefined, { ref: false });
    throw new Error(`the workers did not end within ${WORKERS_STOP_MS / 1000} s`);
  });
  await Promise.race([working, overdue]);
}

function stopOnSignals(log: Logger): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'stopping');
      controller.abort();
    });
  }
  return controller.signal;
}
