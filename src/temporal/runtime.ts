import { DefaultLogger, Runtime, type RuntimeOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { choosePort } from '../ports.js';

/** Between the choice of a port and its use another process may take it. */
const PORT_ATTEMPTS = 5;

let sdkUrl: string | null = null;

/**
 * Sends the SDK's own messages to our log, and has it serve its metrics on a loopback port of their own. The runtime is
 * one per process, so this happens once.
 *
 * @returns where the SDK's metrics are
 */
export async function installRuntime(logger: Logger): Promise<string> {
  for (let attempt = 1; sdkUrl === null; attempt += 1) {
    const bindAddress = `127.0.0.1:${await choosePort(null)}`;
    try {
      Runtime.install(runtimeOptions(logger, bindAddress));
      sdkUrl = `http://${bindAddress}/metrics`;
    } catch (error) {
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
  return sdkUrl;
}

function runtimeOptions(logger: Logger, bindAddress: string): RuntimeOptions {
  return {
    shutdownSignals: [],
    telemetryOptions: {
      // Else the native part writes lines of its own beside the log's.
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      metrics: {
        prometheus: {
          bindAddress,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      const write = level === 'ERROR' ? 'error' : 'warn';
      // A few hundred letters that mean something to Temporal's server alone.
      const { taskToken: _, ...told } = meta ?? {};
      logger[write](told, message);
    }),
  };
}
