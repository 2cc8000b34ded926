import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandSpec } from '../spec.js';

export const up: CommandSpec = {
  name: 'up',
  summary: 'start the embedded service',
  description:
    'One service per state folder: Temporal, orchestrator and relay. Migrations that were open go on. Other commands start it by themselves.',
  examples: [
    { command: 'up', does: 'start it, or tell where it runs' },
    { command: 'up --state-dir /srv/fleetlift', does: 'the one of another state folder' },
  ],
  async run({ layout, output }): Promise<ExitCode> {
    const { ensureService } = await import('../../service/ensure.js');
    const endpoint = await ensureService(layout, () => output.note('starting the embedded service …'));
    output.print(
      `The embedded service runs (process ${endpoint.pid}).`,
      `  Temporal  ${endpoint.address}, ${endpoint.uiUrl}`,
      `  metrics   ${endpoint.metricsUrl}`,
      `  log       ${layout.serviceLog}`,
    );
    output.document({ running: true, ...endpoint, log: layout.serviceLog });
    return EXIT.done;
  },
};
