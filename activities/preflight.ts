import { sourceId } from '../src/agent/sourceId.js';
import { FleetliftError } from '../src/errors/FleetliftError.js';
import { isErrorCode } from '../src/errors/catalogue.js';
import type { JobContext, PreflightOutcome, RelayReport } from '../src/model/activities.js';
import type { Finding } from '../src/model/job.js';
import { planReplica } from '../src/plan/planReplica.js';
import { preflight as judge } from '../src/preflight/checks.js';
import type { SourceFacts } from '../src/model/facts.js';
import type { Server } from '../src/model/fleet.js';
import { withHeartbeat } from './support/heartbeat.js';
import { withAgent } from './support/source.js';
import { neededBytes } from '../src/plan/neededBytes.js';

/**
 * Connects, pushes the agent, takes the facts and judges them. In a drill, and where something blocks, nothing stays
 * on the source.
 */
export async function preflight(
  context: JobContext,
  relay: RelayReport,
  drill: boolean,
): Promise<PreflightOutcome> {
  return withHeartbeat({ step: 'preflight', detail: 'connecting' }, ({ signal, report }) =>
    withAgent(context, signal, async (agent, session) => {
      let keep = false;
      try {
        report({ step: 'preflight', detail: 'taking facts' });
        const facts = await agent.facts();
        const relayAddress = addressOf(context, session.localAddress);
        report({ step: 'preflight', detail: 'asking whether the relay is reachable' });
        const reachable = await agent.reachable(relayAddress, relay.port);
        const planned = tryPlan(facts, context.server);
        const findings = judge(facts, {
          server: context.server,
          relay: {
            address: relayAddress,
            port: relay.port,
            reachable,
            freeBytes: relay.freeBytes,
            neededBytes: planned.bytes,
            imageNameTaken: relay.imageNameTaken,
          },
        });
        const all = [
          ...findings,
          ...planned.findings.filter((one) => !findings.some((f) => f.code === one.code)),
        ];
        keep = !drill && !all.some((finding) => finding.severity === 'blocking');
        return { facts, findings: all, sourceId: sourceId(facts, session.hostKey), relayAddress };
      } finally {
        if (!keep) await agent.remove();
      }
    }),
  );
}

function addressOf(context: JobContext, localAddress: string | null): string {
  const address = context.relay.address ?? localAddress;
  if (address !== null) return address;
  throw new FleetliftError('E-RELAY-UNREACHABLE', {
    message: `${context.server.name} is reached through a jump host, so the relay's own address cannot be told from the connection`,
    remedy: `set relays[].address of relay ${context.relay.name} to the address that the server reaches`,
  });
}

/** The plan's own refusals (sizes, kinds of filesystem) are findings too, so that a drill shows them. */
function tryPlan(facts: SourceFacts, server: Server): { bytes: number | null; findings: Finding[] } {
  try {
    return { bytes: neededBytes(planReplica(facts, server)), findings: [] };
  } catch (error) {
    if (!(error instanceof FleetliftError) || !isErrorCode(error.code)) throw error;
    const { code, message, remedy } = error;
    return { bytes: null, findings: [{ severity: 'blocking', code, message, remedy }] };
  }
}
