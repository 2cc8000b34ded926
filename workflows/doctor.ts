/** What `doctor` cannot see from the operator's machine: each relay, and the way of a source to it. */
import type { Fleet, Relay } from '../src/model/fleet.js';
import type { RelayAnswerToDoctor } from '../src/model/messages.js';
import { orchestrator, relayQuestion } from './activities.js';
import { findingOf, inquiry } from './drill/inquiry.js';

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
  const context = inquiry(fleet, own, relay);
  try {
    const findings = await orchestrator.reachRelay(context);
    return { relay: relay.name, inspection, server: own.name, findings };
  } catch (error) {
    return { relay: relay.name, inspection, server: own.name, findings: [findingOf(error, own.name)] };
  }
}
