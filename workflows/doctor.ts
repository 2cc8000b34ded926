/** What `doctor` cannot see from the operator's machine: each relay, and the way of a source to it. */
import { resolveServer, type Fleet, type Relay } from '../src/model/fleet.js';
import type { Finding } from '../src/model/job.js';
import type { RelayAnswerToDoctor } from '../src/model/messages.js';
import { orchestrator, relayQuestion } from './activities.js';
import { asJobError } from './job/failure.js';

/** Asks every relay of the inventory, and the first server whether it reaches them. */
export async function doctorWorkflow({ fleet }: { fleet: Fleet }): Promise<RelayAnswerToDoctor[]> {
  return Promise.all(fleet.relays.map((relay) => askAbout(fleet, relay)));
}

async function askAbout(fleet: Fleet, relay: Relay): Promise<RelayAnswerToDoctor> {
  const [own] = fleet.servers;
  let inspection;
  try {
    inspection = await relayQuestion(relay.name).inspectRelay(relay);
  } catch (error) {
    return { relay: relay.name, inspection: null, server: null, findings: [findingOf(error, relay.name)] };
  }
  if (own === undefined) return { relay: relay.name, inspection, server: null, findings: [] };
  const context = {
    job: { migration: fleet.name, server: own.name, number: 0 },
    server: resolveServer(fleet.defaults, own),
    migrationMbps: null,
    relay,
  };
  try {
    const findings = await orchestrator.reachRelay(context);
    return { relay: relay.name, inspection, server: own.name, findings };
  } catch (error) {
    return { relay: relay.name, inspection, server: own.name, findings: [findingOf(error, own.name)] };
  }
}

/** @throws what is no failure of an activity */
function findingOf(error: unknown, name: string): Finding {
  const failure = asJobError(error, 'preflight', name);
  if (failure === null) throw error;
  const { code, message, remedy } = failure;
  return { severity: 'blocking', code, message, remedy };
}
