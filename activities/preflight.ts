import { AgentClient } from '../src/agent/AgentClient.js';
import { agentFolder } from '../src/agent/folder.js';
import { sourceId } from '../src/agent/sourceId.js';
import { CATALOGUE } from '../src/errors/catalogue.js';
import { FleetliftError } from '../src/errors/FleetliftError.js';
import { remedyFor } from '../src/errors/remedy.js';
import type { JobContext, PreflightOutcome, RelayReport } from '../src/model/activities.js';
import type { SourceFacts } from '../src/model/facts.js';
import type { Server } from '../src/model/fleet.js';
import type { Finding } from '../src/model/job.js';
import { neededBytes } from '../src/plan/neededBytes.js';
import { planReplica } from '../src/plan/planReplica.js';
import { preflight as judge, type PreflightContext } from '../src/preflight/checks.js';
import { unreachable } from '../src/preflight/relayReach.js';
import type { SshSession } from '../src/ssh/types.js';
import { type Reporter, withHeartbeat } from './support/heartbeat.js';
import { openRelayWay, type RelayWay } from './support/relayWay.js';
import { sshTarget, withSession } from './support/source.js';

/**
 * Connects, pushes the agent, takes the facts and judges them. In a drill, where something blocks, and where it fails,
 * nothing stays on the source.
 */
export async function preflight(
  context: JobContext,
  relay: RelayReport,
  drill: boolean,
): Promise<PreflightOutcome> {
  return withHeartbeat({ step: 'preflight', detail: 'connecting' }, (reporter) =>
    withSession(sshTarget(context.server), reporter.signal, async (session) => {
      let outcome: PreflightOutcome;
      try {
        outcome = await inspect(context, relay, session, reporter);
      } catch (error) {
        throw await afterRemoval(context, session, error);
      }
      if (drill || outcome.findings.some(({ severity }) => severity === 'blocking')) {
        await AgentClient.toRemove(session, context.job).remove();
      }
      return outcome;
    }),
  );
}

/** Whether the source reaches the relay. What keeps it from there is a finding; nothing stays on the source. */
export async function reachRelay(context: JobContext): Promise<Finding[]> {
  return withHeartbeat({ step: 'preflight', detail: 'asking whether the relay is reachable' }, ({ signal }) =>
    withSession(sshTarget(context.server), signal, async (session) => {
      try {
        const agent = await AgentClient.push(session, context.job, { signal });
        const { reach, findings } = await tryReach(context, context.relay, { session, agent, signal });
        await agent.remove();
        if (reach === null || reach.reached) return findings;
        const { code, message, remedy = CATALOGUE[code].remedy } = unreachable(reach);
        return [{ severity: 'blocking', code, message, remedy }];
      } catch (error) {
        throw await afterRemoval(context, session, error);
      }
    }),
  );
}

async function inspect(
  context: JobContext,
  relay: RelayReport,
  session: SshSession,
  { signal, report }: Reporter,
): Promise<PreflightOutcome> {
  const agent = await AgentClient.push(session, context.job, { signal });
  report({ step: 'preflight', detail: 'taking facts' });
  const facts = await agent.facts();
  report({ step: 'preflight', detail: 'asking whether the relay is reachable' });
  const asked = await tryReach(context, relay, { session, agent, signal });
  const planned = tryPlan(facts, context.server);
  const judged = judge(facts, {
    server: context.server,
    relay: {
      reach: asked.reach,
      freeBytes: relay.freeBytes,
      capacityBytes: relay.capacityBytes,
      neededBytes: planned.bytes,
      imageNameTaken: relay.imageNameTaken,
    },
  });
  const findings = [
    ...asked.findings,
    ...judged,
    ...planned.findings.filter((one) => !judged.some(({ code }) => code === one.code)),
  ].map((finding) => ({ ...finding, remedy: remedyFor(finding.remedy, context.server.name) }));
  return { facts, findings, sourceId: sourceId(facts, session.hostKey) };
}

/** The error to throw once the agent is removed; it says so where that failed too. */
async function afterRemoval({ job }: JobContext, session: SshSession, error: unknown): Promise<unknown> {
  // Without root nothing was laid down.
  if (error instanceof FleetliftError && error.code === 'E-NOT-ROOT') return error;
  try {
    await AgentClient.toRemove(session, job).remove();
    return error;
  } catch (removal) {
    if (!(error instanceof FleetliftError) || !(removal instanceof FleetliftError)) return error;
    return new FleetliftError(error.code, {
      message: `${error.message}; the agent’s folder ${agentFolder(job)} may still be there`,
      remedy: error.remedy,
      cause: error,
    });
  }
}

/** A way that cannot be opened is a finding too, beside all others. */
async function tryReach(
  context: JobContext,
  { port }: Pick<RelayReport, 'port'>,
  { session, agent, signal }: { session: SshSession; agent: AgentClient; signal: AbortSignal },
): Promise<{ reach: PreflightContext['relay']['reach']; findings: Finding[] }> {
  let way: RelayWay;
  try {
    way = await openRelayWay(context, port, session, signal);
  } catch (error) {
    return { reach: null, findings: [refusal(error)] };
  }
  const { tunnelled } = way.reach();
  const reached = await agent.reaches(way.entry, tunnelled ? 'greeting' : 'connection');
  return { reach: { ...way.reach(), reached }, findings: [] };
}

/** The plan's own refusals (sizes, kinds of filesystem) are findings too, so that a drill shows them. */
function tryPlan(facts: SourceFacts, server: Server): { bytes: number | null; findings: Finding[] } {
  try {
    return { bytes: neededBytes(planReplica(facts, server)), findings: [] };
  } catch (error) {
    return { bytes: null, findings: [refusal(error)] };
  }
}

/** A refusal as a finding; what is none, or a link that broke, is thrown on. */
function refusal(error: unknown): Finding {
  if (!(error instanceof FleetliftError) || error.code === 'E-LINK-LOST') throw error;
  const { code, message, remedy } = error;
  return { severity: 'blocking', code, message, remedy };
}
