import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';

const SAID = {
  stopped: 'The embedded service is stopped. What was open goes on with: fleetlift up',
  killed: 'The embedded service had to be killed. Nothing is lost; what was open goes on with: fleetlift up',
  'not-running': 'The embedded service does not run.',
} as const;

export const down: CommandSpec = {
  name: 'down',
  summary: 'stop the embedded service',
  description:
    'Transfers that run on the sources go on there, and are taken up again by the next start. A schedule whose time ' +
    'passes meanwhile by more than ten minutes is missed.',
  examples: [{ command: 'down', does: 'stop it; open migrations wait for the next start' }],
  async run({ layout, output }): Promise<ExitCode> {
    const { stopService } = await import('../../service/stop.js');
    const outcome = await stopService(layout);
    output.print(SAID[outcome]);
    output.document({ running: false, outcome });
    return EXIT.done;
  },
};
