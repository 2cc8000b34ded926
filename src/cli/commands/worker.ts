import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { runLong } from '../runLong.js';
import { metricsAddress, metricsOptions, type MetricsOptions } from '../metricsOptions.js';
import type { CommandSpec } from '../spec.js';

export const worker: CommandSpec<MetricsOptions> = {
  name: 'worker',
  summary: 'run an orchestrator worker (production)',
  description:
    'Runs workflows and the work over SSH until SIGTERM. Any number of them may run; none needs root. Name the Temporal by --address, TEMPORAL_* or temporal.toml.',
  options: metricsOptions,
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
  run: (context: CommandContext, _args, options): Promise<ExitCode> =>
    runLong(context, { orchestrator: true, relays: [], metrics: metricsAddress(options) }).then(
      () => EXIT.done,
    ),
};
