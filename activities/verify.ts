import { FleetliftError } from '../src/errors/FleetliftError.js';
import type {
  BootChecksOutcome,
  CheckBootRequest,
  JobContext,
  JudgedDifferences,
  PassRequest,
} from '../src/model/activities.js';
import { checkBooted } from '../src/verify/checkBooted.js';
import { judgeDifferences } from '../src/verify/judgeDifferences.js';
import { checksError } from '../src/verify/checksError.js';
import { withHeartbeat } from './support/heartbeat.js';
import { runPass } from './sync.js';
import { sshTarget, withAgent, withSession } from './support/source.js';

/**
 * Runs a verify pass to its end, and judges what it found.
 *
 * @param passStartedAt start of the last pass that sent, seconds since the epoch by the source's clock
 * @throws what {@link runPass} throws
 */
export async function compare(
  context: JobContext,
  request: PassRequest,
  passStartedAt: number,
  stopRequested: () => boolean,
): Promise<JudgedDifferences> {
  await runPass(context, request, stopRequested);
  return lookAtDifferences(context, request, passStartedAt);
}

async function lookAtDifferences(
  context: JobContext,
  { number, snapshots = [] }: PassRequest,
  passStartedAt: number,
): Promise<JudgedDifferences> {
  return withHeartbeat({ step: 'verify', detail: 'looking at differences' }, ({ signal }) =>
    withAgent(context, signal, async (agent) => {
      const [differences, status] = [await agent.differences(number), await agent.passStatus(number)];
      const files = (status?.filesystems ?? []).reduce((sum, filesystem) => sum + filesystem.files, 0);
      return judgeDifferences(differences, files, { passStartedAt, still: snapshots });
    }),
  );
}

/**
 * Logs in to a booted image with the server's own credentials, and checks it.
 * @throws E-BOOT-CHECKS naming each failed check, E-BOOT-LOGIN where the login is refused
 */
export async function checkBoot(context: JobContext, request: CheckBootRequest): Promise<BootChecksOutcome> {
  const { address, port, facts, plan, firmware } = request;
  const target = { ...sshTarget(context.server), via: { address, port } };
  return withHeartbeat({ step: 'verify', detail: `checking the ${firmware} boot` }, async ({ signal }) => {
    try {
      return await withSession(target, signal, async (session) => {
        const outcome = await checkBooted(
          session,
          { facts, plan, verify: context.server.verify },
          { signal },
        );
        const error = checksError(outcome, context.server.name);
        if (error !== null) throw error;
        return { commands: outcome.commands };
      });
    } catch (error) {
      if (error instanceof FleetliftError && error.code === 'E-SSH-AUTH') {
        throw new FleetliftError('E-BOOT-LOGIN', {
          message: `the booted image of ${context.server.name} refused the login: ${error.message}`,
          cause: error,
        });
      }
      throw error;
    }
  });
}
