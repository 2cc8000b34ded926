import { drillBlocks, renderDrill } from '../../console/findingsView.js';
import { plural } from '../../console/units.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';

/** Where nobody tells a width. */
const PIPE_WIDTH = 160;

export const drill: CommandSpec = {
  name: 'drill',
  summary: 'preflight every server and change nothing',
  description:
    'Connects to every server and tells what would go wrong, with remedies: what blocks first. Changes nothing.',
  arguments: [{ syntax: '<inventory>', description: 'inventory file (YAML)' }],
  examples: [
    { command: 'drill fleet.yaml', does: 'the table of findings' },
    { command: 'drill fleet.yaml --json', does: 'for scripts, with information rows' },
  ],
  exitCodes: [EXIT.serversFailed],
  async run({ output, session }, [file = '']): Promise<ExitCode> {
    const { loadFleet } = await import('../../inventory/load.js');
    const fleet = await loadFleet(file, process.env);
    const { runDrill } = await import('../../temporal/tasks.js');
    const { client } = await session.connect();
    output.note(`drilling ${plural(fleet.servers.length, 'server')} …`);
    const result = await runDrill(client, fleet);
    const width = process.stdout.isTTY ? process.stdout.columns : PIPE_WIDTH;
    output.print(...renderDrill(fleet.name, fleet.waves.length, result, width));
    output.document({ migration: fleet.name, ...result });
    return drillBlocks(result) ? EXIT.serversFailed : EXIT.done;
  },
};
