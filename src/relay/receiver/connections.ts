import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { readIfExists, writeAtomically } from '../files.js';
import { isAlive, signalRecord, type ProcessRecord } from '../processRecord.js';
import { until } from '../until.js';

/** One connection of a source, kept by its wrapper; it stays when the connection has ended, for the sum. */
export interface Connection extends ProcessRecord {
  /** Bytes that went through it in both directions. */
  readonly wireBytes: number;
}

/** Where the wrappers keep their connections. Made before the first: on a full disk a folder cannot be made. */
export function connectionsFolder(receiver: string): string {
  return join(receiver, 'connections');
}

export async function writeConnection(receiver: string, connection: Connection): Promise<void> {
  const name = `${connection.startTicks}-${connection.pid}.json`;
  await writeAtomically(join(connectionsFolder(receiver), name), JSON.stringify(connection));
}

/** Every connection the job ever had. */
export async function readConnections(receiver: string): Promise<Connection[]> {
  const folder = connectionsFolder(receiver);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const connections: Connection[] = [];
  for (const name of await readdir(folder)) {
    const text = name.endsWith('.json') ? await readIfExists(join(folder, name)) : null;
    if (text !== null) connections.push(JSON.parse(text) as Connection);
  }
  return connections;
}

export async function livingConnections(receiver: string): Promise<Connection[]> {
  const living: Connection[] = [];
  for (const one of await readConnections(receiver)) if (await isAlive(one)) living.push(one);
  return living;
}

/** Bytes of all connections of the job, both directions. */
export async function wireBytes(receiver: string): Promise<number> {
  return (await readConnections(receiver)).reduce((sum, one) => sum + one.wireBytes, 0);
}

/**
 * Waits until the job's connections have ended by themselves, and ends those that have not.
 *
 * @throws FleetliftError E-RELAY-DISK where one does not even end when killed
 */
export async function endConnections(receiver: string, patienceMs: number): Promise<void> {
  const none = async (): Promise<boolean> => (await livingConnections(receiver)).length === 0;
  if (await until(none, { deadlineMs: patienceMs, everyMs: 50 })) return;
  for (const [signal, deadlineMs] of [
    ['SIGTERM', 5_000],
    ['SIGKILL', 10_000],
  ] as const) {
    for (const one of await livingConnections(receiver)) await signalRecord(one, signal);
    if (await until(none, { deadlineMs, everyMs: 20 })) return;
  }
  throw new FleetliftError('E-RELAY-DISK', { message: `a receiver in ${receiver} does not end` });
}
