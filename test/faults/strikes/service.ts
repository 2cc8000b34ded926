/** Strikes at the embedded service. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { pollUntil } from '../../../activities/support/poll.js';
import { readEndpoint, readTemporalRecord } from '../../../src/service/records.js';
import { stateLayout } from '../../../src/state/layout.js';
import type { Trial } from '../Trial.js';
import { killing, type Mend, type Strike } from './strike.js';

const layoutOf = ({ site }: Trial) => stateLayout(site.fleetlift.stateDir);
const up =
  (trial: Trial): Mend =>
  () =>
    trial.command('up');

/** The worker, orchestrator and relay at once, and with it everything that it runs. */
export const killWorker: Strike = async (trial) => {
  process.kill(trial.site.fleetlift.servicePid(), 'SIGKILL');
  await untilDead(trial);
  return up(trial);
};

export const stopService: Strike = async (trial) => {
  await trial.command('down');
  return up(trial);
};

export const killTemporal = killing('Temporal', (trial) =>
  Promise.resolve(readTemporalRecord(layoutOf(trial))?.pid ?? null),
);

/**
 * The service is killed before each of these calls of the image step, counted from 1, one after the other. The replica is
 * the same at the last of them as at the first.
 */
export function killAtTools(calls: readonly number[]): Strike {
  return async (trial) => {
    const { gate } = trial.site;
    let replica: string | null = null;
    for (const [index, call] of calls.entries()) {
      await gate.stopAt(call);
      // The next call may come before it has told that it runs: then it is killed as it starts, which is no failure.
      const starting = index > 0 ? trial.command('up').then(() => null, asError) : Promise.resolve(null);
      const struck = await pollUntil(100, AbortSignal.timeout(120_000), async () =>
        (await gate.hasStopped()) ? true : null,
      ).catch(asError);
      const failed = await starting;
      if (struck !== true) throw failed ?? struck;
      await untilDead(trial);
      if (index > 0 && index < calls.length - 1) continue;
      const hash = await hashOfReplica(trial);
      if (hash !== (replica ??= hash)) throw new Error('the image step has written to the replica');
    }
    return up(trial);
  };
}

/** Of all its disks, holes included. */
async function hashOfReplica({ paths }: Trial): Promise<string> {
  const files = (await readdir(paths.disks)).sort().map((file) => join(paths.disks, file));
  return (await execa('sha256sum', files)).stdout;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

async function untilDead(trial: Trial): Promise<void> {
  await pollUntil(50, AbortSignal.timeout(10_000), () =>
    Promise.resolve(readEndpoint(layoutOf(trial)) === null ? true : null),
  );
}
