import type { RelayFigures } from '../model/figures.js';
import { metrics } from './registry.js';

/** Replaces all that is told of this process' relays. Bytes are what lies on their disks, so a restart loses none. */
export function showRelays(figures: readonly RelayFigures[]): void {
  for (const metric of [metrics.relayFree, metrics.relayCapacity, metrics.syncBytes]) metric.reset();
  for (const { relay, freeBytes, capacityBytes, jobs } of figures) {
    metrics.relayFree.set({ relay }, freeBytes);
    metrics.relayCapacity.set({ relay }, capacityBytes);
    for (const { job, logicalBytes, wireBytes } of jobs) {
      const { migration, server } = job;
      metrics.syncBytes.inc({ migration, server, kind: 'logical' }, logicalBytes);
      metrics.syncBytes.inc({ migration, server, kind: 'wire' }, wireBytes);
    }
  }
}
