import { EXIT, type ExitCode } from '../exitCodes.js';
import { findServers } from '../findServers.js';
import type { CommandSpec } from '../spec.js';
import { usageError } from '../usageError.js';

export const approve: CommandSpec = {
  name: 'approve',
  summary: 'let a gated wave start',
  description: 'For waves with `approval: true` in the inventory; may be given before their turn has come.',
  arguments: [{ syntax: '<wave>', description: 'name of the wave' }],
  examples: [{ command: 'approve rest', does: 'the wave rest starts when its turn has come' }],
  async run(context, [wave = '']): Promise<ExitCode> {
    const { approveWave } = await import('../../temporal/migrations.js');
    const { client } = await context.session.connectExisting();
    const selection = { names: [], wave, all: false };
    const { migration } = await findServers(client, context.globals.migration, selection);
    const answer = await approveWave(client, migration, wave);
    if (answer === null) throw usageError(`${migration} is over: nothing to approve`, 'fleetlift status');
    if (!answer.accepted) throw usageError(answer.message, 'fleetlift status');
    context.output.print(answer.message);
    context.output.document({ migration, wave, ...answer });
    return EXIT.done;
  },
};
