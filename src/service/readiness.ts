import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { FleetliftError } from '../errors/FleetliftError.js';
import { pollersOf } from '../temporal/pollers.js';
import { NAMESPACE } from './constants.js';
import { waitUntil } from './processes.js';

/** Closed workflows stay visible as long as a job may be valid at most. */
const RETENTION = '90d';

/**
 * Waits until Temporal serves, and raises how long it keeps closed workflows (the dev server's own: 24 h).
 *
 * @throws E-SERVICE after `timeoutMs`.
 */
export async function prepareNamespace(address: string, timeoutMs: number): Promise<void> {
  let last: unknown;
  const ready = await waitUntil(async () => {
    try {
      await withConnection(address, async (connection) => {
        await connection.workflowService.updateNamespace({
          namespace: NAMESPACE,
          config: { workflowExecutionRetentionTtl: msToTs(RETENTION) },
        });
      });
      return true;
    } catch (error) {
      last = error;
      return false;
    }
  }, timeoutMs);
  if (!ready) {
    throw new FleetliftError('E-SERVICE', {
      message: `Temporal at ${address} did not become ready within ${Math.round(timeoutMs / 1000)} s`,
      cause: last,
    });
  }
}

/** Waits until a worker asks for work on each of the queues; false: not within `timeoutMs`. */
export async function waitForPollers(
  address: string,
  queues: readonly string[],
  timeoutMs: number,
): Promise<boolean> {
  return withConnection(address, (connection) =>
    waitUntil(async () => {
      const polled = await Promise.all(queues.map((queue) => hasPoller(connection, queue)));
      return polled.every(Boolean);
    }, timeoutMs),
  );
}

async function hasPoller(connection: Connection, queue: string): Promise<boolean> {
  return (await pollersOf(connection.workflowService, NAMESPACE, queue)).length > 0;
}

async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
