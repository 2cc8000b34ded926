import { existsSync } from 'node:fs';
import { FleetliftError } from '../../errors/FleetliftError.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';
import { writeOutput } from '../writeOutput.js';

interface InitOptions {
  name?: string;
}

export const init: CommandSpec<InitOptions> = {
  name: 'init',
  summary: 'write an inventory to start from',
  arguments: [{ syntax: '[file]', description: 'file to write; default: stdout' }],
  options: [{ flags: '--name <name>', description: 'name of the migration; default: my-migration' }],
  examples: [
    { command: 'init fleet.yaml', does: 'write fleet.yaml' },
    { command: 'init --name dc1-exit > dc1.yaml', does: 'the same by way of stdout' },
  ],
  async run({ output }, [file], options): Promise<ExitCode> {
    const { skeleton } = await import('../../inventory/skeleton.js');
    const text = skeleton(options.name ?? 'my-migration');
    if (file === undefined) {
      output.print(text.trimEnd());
      output.document({ inventory: text });
      return EXIT.done;
    }
    if (existsSync(file)) {
      throw new FleetliftError('E-USAGE', {
        message: `${file} is there already, and is not overwritten`,
        remedy: `fleetlift validate ${file}`,
      });
    }
    writeOutput(file, text, 'wx');
    output.print(`${file} written. Fill in your servers, then: fleetlift validate ${file}`);
    output.document({ file });
    return EXIT.done;
  },
};
