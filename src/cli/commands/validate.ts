import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';

export const validate: CommandSpec = {
  name: 'validate',
  summary: 'check an inventory',
  description:
    'Tells every error of the file at once, with line, column and what was meant. Connects to nothing.',
  arguments: [{ syntax: '<inventory>', description: 'inventory file (YAML)' }],
  examples: [
    { command: 'validate fleet.yaml', does: 'check, and tell waves and servers' },
    { command: 'validate fleet.yaml --json', does: 'the same as a document, errors too' },
  ],
  async run({ output }, [file = '']): Promise<ExitCode> {
    const [{ loadFleet }, { describeFleet }] = await Promise.all([
      import('../../inventory/load.js'),
      import('../../inventory/describe.js'),
    ]);
    const fleet = await loadFleet(file, process.env);
    output.print(...describeFleet(fleet), '', `Next: fleetlift drill ${file}`);
    output.document({
      migration: fleet.name,
      waves: fleet.waves.map(({ name, servers }) => ({ name, servers })),
      servers: fleet.servers.length,
      relays: fleet.relays.map(({ name }) => name),
    });
    return EXIT.done;
  },
};
