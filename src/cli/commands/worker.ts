import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { runLong } from '../runLong.js';
import type { CommandSpec } from '../spec.js';
import { parseCount } from '../usageError.js';

interface WorkerOptions {
  metricsPort?: number;
}

export const worker: CommandSpec<WorkerOptions> = {
  name: 'worker',
  summary: 'run an orchestrator worker (production)',
  description:
    'Runs workflows and the work over SSH until SIGTERM. Any number of them may run; none needs root. Name the Temporal by --address, TEMPORAL_* or temporal.toml.',
  options: [
    {
      flags: '--metrics-port <port>',
      description: 'serve /metrics on this port',
      parse: parseCount('--metrics-port', 1),
    },
  ],
  examples: [
    {
      command: 'worker --address temporal.internal:7233',
      does: 'in the foreground; a service manager keeps it',
    },
    {
      command: 'worker',
      does: 'at the Temporal of TEMPORAL_ADDRESS, TEMPORAL_API_KEY, TEMPORAL_TLS_* or temporal.toml',
    },
  ],
  run: (context: CommandContext, _args, { metricsPort }): Promise<ExitCode> =>
    runLong(context, { orchestrator: true, relays: [], metricsPort: metricsPort ?? null }).then(
      () => EXIT.done,
    ),
};
