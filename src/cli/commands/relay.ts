import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { runLong } from '../runLong.js';
import { metricsAddress, metricsOptions, type MetricsOptions } from '../metricsOptions.js';
import type { CommandSpec } from '../spec.js';
import { parseCount } from '../usageError.js';
import { resolve } from 'node:path';

interface RelayOptions extends MetricsOptions {
  name: string;
  dir: string;
  slots?: number;
}

export const relay: CommandSpec<RelayOptions> = {
  name: 'relay',
  summary: 'run a relay (production)',
  description:
    'Receives servers, makes and boots images on this machine until SIGTERM; needs root. The inventory names it under relays.',
  options: [
    { flags: '--name <name>', description: 'its name in the inventory', mandatory: true },
    { flags: '--dir <dir>', description: 'folder for replicas, images and logs', mandatory: true },
    {
      flags: '--slots <n>',
      description: 'servers of a migration at a time at most; default: as the inventory says',
      parse: parseCount(1),
    },
    ...metricsOptions,
  ],
  examples: [
    {
      command: 'relay --name dc1 --dir /srv/fleetlift --slots 8 --address temporal.internal:7233',
      does: 'in the foreground; a service manager keeps it',
    },
    {
      command: 'relay --name dc1 --dir /srv/fleetlift',
      does: 'at the Temporal of TEMPORAL_ADDRESS, TEMPORAL_API_KEY, TEMPORAL_TLS_* or temporal.toml',
    },
  ],
  run: (context: CommandContext, _args, { name, dir, slots, ...options }): Promise<ExitCode> =>
    runLong(context, {
      orchestrator: false,
      relays: [{ name, dir: resolve(dir), slots: slots ?? null }],
      metrics: metricsAddress(options),
    }).then(() => EXIT.done),
};
