/** Services that stand still for a cutover. */
import { FleetliftError } from '../src/errors/FleetliftError.js';
import type { JobContext, StillnessEnd } from '../src/model/activities.js';
import type { SourceFacts } from '../src/model/facts.js';
import type { Stillness } from '../src/agent/stillness.js';
import { withHeartbeat } from './support/heartbeat.js';
import { keepLease } from './support/lease.js';
import { withAgent } from './support/source.js';

/**
 * Unless somebody asks for more time, the source starts its services again after this long. An orchestrator that was
 * restarted, or a link that was cut for a minute, does not cost the cutover.
 */
const LEASE_SECONDS = 300;

/**
 * Stops the services of `quiesce` with what would start them.
 * @returns when the first was stopped, ISO, by our clock
 * @throws E-QUIESCE, and what the connection throws
 */
export async function quiesce(context: JobContext, facts: SourceFacts): Promise<string> {
  return withHeartbeat({ step: 'sync', detail: 'stopping services' }, ({ signal }) =>
    withAgent(context, signal, async (agent) => {
      const stillness = await agent.quiesce(context.server.sync.quiesce, LEASE_SECONDS);
      return new Date(stoppedAt(stillness) * 1000 - facts.clockSkewMs).toISOString();
    }),
  );
}

/**
 * Asks for more time again and again, until it is cancelled. A source that is not reached is tried again for as long
 * as its services stand still by themselves.
 * @throws E-CUTOVER where they run again, or may
 */
export async function holdStill(context: JobContext): Promise<void> {
  await withHeartbeat({ step: 'sync', detail: 'services stand still' }, ({ signal }) =>
    keepLease(
      {
        server: context.server.name,
        seconds: LEASE_SECONDS,
        renew: async () => {
          stoppedAt(await withAgent(context, signal, (agent) => agent.holdStill(LEASE_SECONDS)));
        },
        isOver: ({ retryable }) => !retryable,
        lost: (cause) => notReached(context, cause),
      },
      signal,
    ),
  );
}

/**
 * Ends the stillness: `keep` leaves the services stopped, `start` and `undo` start them.
 * @throws E-CUTOVER where they did not stand still up to now, but for `undo`; E-QUIESCE where one does not start
 */
export async function endStillness(context: JobContext, how: StillnessEnd): Promise<void> {
  await withHeartbeat({ step: 'sync', detail: 'ending the cutover' }, ({ signal }) =>
    withAgent(context, signal, async (agent) => {
      if (how === 'keep') stoppedAt(await agent.keepStill());
      if (how === 'start') stoppedAt(await agent.holdStill(LEASE_SECONDS));
      if (how !== 'keep') await agent.wake();
    }),
  );
}

function stoppedAt(stillness: Stillness): number {
  if (stillness.still) return stillness.stoppedAtEpoch;
  throw new FleetliftError('E-CUTOVER', { message: `the services did not stand still: ${stillness.reason}` });
}

function notReached({ server }: JobContext, cause: unknown): FleetliftError {
  return new FleetliftError('E-CUTOVER', {
    message: `${server.name} was not reached for ${String(LEASE_SECONDS / 60)} minutes, after which it starts its services itself`,
    cause,
  });
}
