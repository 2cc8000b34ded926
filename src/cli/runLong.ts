import type { WorkersOptions } from '../worker.js';
import type { CommandContext } from './context.js';
import { withInterrupt } from './interrupt.js';

/** Runs workers in the foreground until SIGTERM or Ctrl-C, then lets them hand their work back. */
export async function runLong(
  { layout, session }: CommandContext,
  roles: Pick<WorkersOptions, 'orchestrator' | 'relays' | 'metrics'>,
): Promise<void> {
  const [{ runWorkers }, { makeStateDir }, { createLogger }] = await Promise.all([
    import('../worker.js'),
    import('../state/layout.js'),
    import('../log/createLogger.js'),
  ]);
  makeStateDir(layout);
  const settings = await session.settings();
  const logger = createLogger(2);
  const queues = [
    ...(roles.orchestrator ? ['orchestrator'] : []),
    ...roles.relays.map(({ name }) => `relay ${name}`),
  ];
  logger.info({ temporal: settings.address }, `${queues.join(', ')} until Ctrl-C or SIGTERM`);
  await withInterrupt((stop) => runWorkers({ ...settings, stateDir: layout.dir, logger, ...roles }, stop));
}
