import type { Client } from '@temporalio/client';
import type { ScheduledWave } from '../src/model/schedule.js';
import type { StateLayout } from '../src/state/layout.js';
import { settledResults } from '../src/state/results.js';
import { approveWave, startOrEdit } from '../src/temporal/migrations.js';

/**
 * Does what `fleetlift migrate INVENTORY --wave W` does, and approves the wave: the schedule is the operator's word.
 * Done twice it comes to the same.
 *
 * @returns what came of it, in the operator's words.
 * @throws E-EDIT-REFUSED where a migration is open that cannot take the wave
 */
export async function startScheduledWave(
  client: Client,
  layout: StateLayout,
  { fleet, wave, readAt }: ScheduledWave,
): Promise<string> {
  const servers = fleet.waves.find(({ name }) => name === wave)?.servers ?? [];
  if (settledResults(layout, fleet.name, servers) !== null)
    return 'every server of it is finished or skipped already';
  const { wasOpen, message } = await startOrEdit(client, { fleet, waves: [wave], only: null, readAt });
  // Not accepted where it needs none or has it already, and null where all of it is over: nothing is held then.
  const approval = await approveWave(client, fleet.name, wave);
  return [
    wasOpen ? `joined ${fleet.name}, which was open` : `started ${fleet.name}`,
    ...(message === '' ? [] : [message]),
    ...(approval?.accepted === true ? [approval.message] : []),
  ].join('; ');
}
