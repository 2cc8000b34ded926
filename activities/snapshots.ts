/** Snapshots on the source, from which a last pass and its comparison read. */
import { FleetliftError } from '../src/errors/FleetliftError.js';
import type { JobContext } from '../src/model/activities.js';
import type { SourceFacts } from '../src/model/facts.js';
import type { PlannedSnapshot } from '../src/model/plan.js';
import { fitSnapshots } from '../src/plan/snapshots.js';
import { withHeartbeat } from './support/heartbeat.js';
import { keepLease } from './support/lease.js';
import { withAgent } from './support/source.js';

/**
 * Unless somebody asks for more time, the source removes its snapshots after this long. They cost it room and some of
 * its disks' speed, and no service; so whatever runs us may be rebooted meanwhile.
 */
export const SNAPSHOT_LEASE_SECONDS = 900;

/**
 * Takes the planned snapshots, in the place of any that are there, as large as there is room for now.
 * @returns ids of their filesystems
 * @throws E-SNAPSHOT, and what the connection throws
 */
export async function takeSnapshots(
  context: JobContext,
  facts: SourceFacts,
  planned: readonly PlannedSnapshot[],
): Promise<readonly string[]> {
  return withHeartbeat({ step: 'sync', detail: 'taking snapshots' }, ({ signal }) =>
    withAgent(context, signal, async (agent) => {
      // Before the room is measured, part of which they may have.
      await agent.dropSnapshots();
      const groups = planned.some(({ kind }) => kind === 'lvm') ? await agent.volumeGroups() : [];
      const snapshots = fitSnapshots(planned, facts, groups);
      await agent.takeSnapshots(snapshots, SNAPSHOT_LEASE_SECONDS);
      return snapshots.map(({ filesystem }) => filesystem);
    }),
  );
}

/**
 * Asks for more time again and again, until it is cancelled.
 * @throws E-SNAPSHOT where one of them ran full or is gone, or may be
 */
export async function holdSnapshots(context: JobContext, filesystems: readonly string[]): Promise<void> {
  await withHeartbeat({ step: 'sync', detail: 'snapshots are held' }, ({ signal }) =>
    keepLease(
      {
        server: context.server.name,
        seconds: SNAPSHOT_LEASE_SECONDS,
        renew: () =>
          withAgent(context, signal, (agent) => agent.holdSnapshots(filesystems, SNAPSHOT_LEASE_SECONDS)),
        isOver: ({ code, retryable }) => code === 'E-SNAPSHOT' || !retryable,
        lost: (cause) => notReached(context, cause),
      },
      signal,
    ),
  );
}

/** Ends what reads from snapshots, and removes them all. @throws E-SNAPSHOT, and what the connection throws */
export async function dropSnapshots(context: JobContext): Promise<void> {
  await withHeartbeat({ step: 'sync', detail: 'removing snapshots' }, ({ signal }) =>
    withAgent(context, signal, (agent) => agent.dropSnapshots()),
  );
}

function notReached({ server }: JobContext, cause: unknown): FleetliftError {
  return new FleetliftError('E-SNAPSHOT', {
    message: `${server.name} was not reached for ${String(SNAPSHOT_LEASE_SECONDS / 60)} minutes, after which it removes its snapshots itself`,
    cause,
  });
}
