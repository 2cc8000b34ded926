import { CATALOGUE } from '../../src/errors/catalogue.js';
import type { DrillResult } from '../../src/model/messages.js';

/**
 * Adds a blocking finding to every server that is the same machine as one before it: a migration could only ever let
 * one of them hold the source.
 * @param sourceIds by name of server, of those that were reached
 */
export function markClones(servers: DrillResult['servers'], sourceIds: ReadonlyMap<string, string>): void {
  const seen = new Map<string, string>();
  for (const { name, findings } of servers) {
    const id = sourceIds.get(name);
    if (id === undefined) continue;
    const other = seen.get(id);
    if (other === undefined) {
      seen.set(id, name);
      continue;
    }
    findings.unshift({
      severity: 'blocking',
      code: 'E-SOURCE-CLONE',
      message: `${name} is the same machine as ${other}: machine-id, hardware addresses and host key are equal`,
      remedy: CATALOGUE['E-SOURCE-CLONE'].remedy,
    });
  }
}
