/** A drill: preflight of every server, a few at a time; nothing is changed on any of them. */
import type { Fleet } from '../src/model/fleet.js';
import type { Finding } from '../src/model/job.js';
import type { DrillResult } from '../src/model/messages.js';
import { orchestrator, relayActivities } from './activities.js';
import { markClones } from './drill/clones.js';
import { findingOf, inquiry } from './drill/inquiry.js';

export async function drillWorkflow({ fleet }: { fleet: Fleet }): Promise<DrillResult> {
  const [relay] = fleet.relays;
  if (relay === undefined) return { servers: [], relays: [] };
  const waiting = [...fleet.servers];
  const servers: DrillResult['servers'] = [];
  const sourceIds = new Map<string, string>();
  let freeBytes: number | null = null;

  async function drillNext(): Promise<void> {
    for (let own = waiting.shift(); own !== undefined; own = waiting.shift()) {
      const context = inquiry(fleet, own, relay as NonNullable<typeof relay>);
      let findings: readonly Finding[];
      try {
        const report = await relayActivities(context.relay.name).relayReport(context);
        freeBytes = report.freeBytes;
        const outcome = await orchestrator.preflight(context, report, true);
        findings = outcome.findings;
        sourceIds.set(own.name, outcome.sourceId);
      } catch (error) {
        findings = [findingOf(error, own.name)];
      }
      servers.push({ name: own.name, findings: [...findings] });
    }
  }

  await Promise.all(Array.from({ length: fleet.limits.concurrency }, drillNext));
  const order = new Map(fleet.servers.map((server, at) => [server.name, at]));
  servers.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  markClones(servers, sourceIds);
  return { servers, relays: [{ name: relay.name, freeBytes, neededBytes: null, error: null }] };
}
