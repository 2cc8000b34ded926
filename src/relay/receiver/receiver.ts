import { mkdir, readFile } from 'node:fs/promises';
import type { JobRef } from '../../model/job.js';
import type { Receiver, TransferLimits } from '../../model/transfer.js';
import { writeAtomically } from '../files.js';
import { withLock } from '../lock.js';
import { jobPaths } from '../paths.js';
import { listJobs } from '../jobs.js';
import { writeLimits } from '../rate/limits.js';
import { MARGIN_BYTES, WRITE_OUT } from '../space/margin.js';
import { freeBytes } from '../space/space.js';
import type { RelayContext } from '../types.js';
import { authorizedLine, isLineOf, readKeys, writeKeys } from './authorizedKeys.js';
import { connectionsFolder, endConnections, livingConnections, wireBytes } from './connections.js';
import { clearFailure, readFailure, type ReceiverFailure } from './failure.js';
import { MODULE, receiverFiles, rsyncdConfigFile, settingsFile, type ReceiverSettings } from './layout.js';
import { rsyncdConfig } from './rsyncdConfig.js';
import { ensureSshd, stopSshd } from './sshd.js';

export interface ReceiverStatus {
  readonly wireBytes: number;
  readonly connections: number;
  readonly failure: ReceiverFailure | null;
  /** Free bytes of the relay's folder. */
  readonly freeBytes: number;
}

/**
 * Lets a job's source in: starts or adopts the relay's sshd and adds the job's key. May be repeated; a failure recorded
 * by an earlier receiver of the job is forgotten.
 *
 * @param publicKey - one line, as the source made it
 * @throws FleetliftError E-RELAY-PORT, E-RELAY-TOOL, E-AGENT-OUTPUT for what is not a public key
 */
export async function openReceiver(relay: RelayContext, job: JobRef, publicKey: string): Promise<Receiver> {
  const paths = jobPaths(relay, job);
  const files = receiverFiles(relay);
  const line = authorizedLine(job, paths.job, publicKey);
  for (const folder of [connectionsFolder(paths.receiver), paths.log]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const settings: ReceiverSettings = {
    relayDir: relay.dir,
    marginBytes: MARGIN_BYTES,
    writeOut: WRITE_OUT,
  };
  await writeAtomically(settingsFile(paths.receiver), JSON.stringify(settings));
  await writeAtomically(rsyncdConfigFile(paths.receiver), rsyncdConfig(paths));
  await clearFailure(paths.receiver);
  await withLock(files.lock, async () => {
    await ensureSshd(relay);
    const others = (await readKeys(files.authorizedKeys)).filter((one) => !isLineOf(one, job));
    await writeKeys(files.authorizedKeys, [...others, line]);
  });
  const hostKey = await readFile(`${files.hostKey}.pub`, 'utf8');
  return {
    port: relay.port,
    user: 'root',
    hostKey: hostKey.split(' ').slice(0, 2).join(' ').trim(),
    module: MODULE,
  };
}

/** Sets the caps of a job's transfer; one that runs keeps to them within a second. */
export async function limitTransfer(relay: RelayContext, job: JobRef, limits: TransferLimits): Promise<void> {
  await writeLimits(jobPaths(relay, job).receiver, limits);
}

/** Shuts a job's source out and ends its connections; with the last job ends the sshd. May be repeated. */
export async function closeReceiver(relay: RelayContext, job: JobRef): Promise<void> {
  const files = receiverFiles(relay);
  await withLock(files.lock, async () => {
    const lines = await readKeys(files.authorizedKeys);
    const others = lines.filter((one) => !isLineOf(one, job));
    if (others.length < lines.length) await writeKeys(files.authorizedKeys, others);
    if (others.length === 0) await stopSshd(relay);
  });
  await endConnections(jobPaths(relay, job).receiver, 0);
}

/** What the job's receiver counted, and whether it had to be stopped. */
export async function receiverStatus(relay: RelayContext, job: JobRef): Promise<ReceiverStatus> {
  const { receiver } = jobPaths(relay, job);
  return {
    wireBytes: await wireBytes(receiver),
    connections: (await livingConnections(receiver)).length,
    failure: await readFailure(receiver),
    freeBytes: await freeBytes(relay.dir),
  };
}

/**
 * Starts the relay's sshd with no job in it, so that a source can be asked whether it reaches it.
 *
 * @throws FleetliftError E-RELAY-PORT, E-RELAY-TOOL
 */
export async function ensureListening(relay: RelayContext): Promise<void> {
  await withLock(receiverFiles(relay).lock, () => ensureSshd(relay));
}

/** Ends sshd and every connection of the relay; keys stay, so that {@link openReceiver} or a restart goes on. */
export async function stopReceiver(relay: RelayContext): Promise<void> {
  await withLock(receiverFiles(relay).lock, () => stopSshd(relay));
  for (const job of await listJobs(relay)) await endConnections(jobPaths(relay, job).receiver, 0);
}
