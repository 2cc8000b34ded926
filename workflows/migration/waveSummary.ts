import type { Wave } from '../../src/model/fleet.js';
import type { ServerSummary, WaveSummary } from '../../src/model/messages.js';
import { hasFailed, isDone, takesPlace, type Admission } from './admission.js';

/** How a wave stands, and why nothing of it starts. */
export function waveSummary(
  wave: Wave,
  servers: readonly ServerSummary[],
  admission: Admission,
): WaveSummary {
  const count = (test: (server: ServerSummary) => boolean) => servers.filter(test).length;
  const current = admission.currentWave();
  const done = servers.every(isDone);
  const hold = done ? null : admission.waveHold(wave.name);
  const before = current === null || current.name === wave.name ? null : `waits for wave ${current.name}`;
  const state = done ? 'done' : before !== null ? 'pending' : hold !== null ? 'held' : 'running';
  return {
    name: wave.name,
    state,
    reason: done ? null : (before ?? hold),
    total: servers.length,
    finished: count((one) => one.status === 'Finished'),
    running: count(takesPlace),
    failed: count((one) => hasFailed(one) || one.status === 'Cancelled'),
    queued: count((one) => one.status === 'Queued'),
  };
}
