import type { Client } from '@temporalio/client';
import { FleetliftError } from '../../errors/FleetliftError.js';
import type { Fleet } from '../../model/fleet.js';
import { ORCHESTRATOR_QUEUE, relayQueue } from '../../model/job.js';
import type { CommandContext } from '../context.js';
import type { Check } from './checks.js';

/** Temporal's command line tool, which holds the embedded Temporal. */
export async function checkTemporalCli(): Promise<Check> {
  const { findTemporalCli } = await import('../../service/temporalCli.js');
  try {
    return { name: 'Temporal CLI', state: 'ok', message: findTemporalCli(), remedy: null };
  } catch (error) {
    if (!(error instanceof FleetliftError)) throw error;
    return { name: 'Temporal CLI', state: 'broken', message: error.message, remedy: error.remedy };
  }
}

/**
 * Temporal itself, who asks it for work: orchestrator and relays, and what they tell of themselves. Starts no service.
 * @param fleet - whose relays are asked; null: the embedded one is looked at from here
 */
export async function checkTemporal(context: CommandContext, fleet: Fleet | null): Promise<Check[]> {
  const relays = fleet?.relays.map(({ name }) => name) ?? ['local'];
  let connected;
  try {
    connected = await context.session.connectIfRunning();
  } catch (error) {
    if (!(error instanceof FleetliftError)) throw error;
    return [{ name: 'Temporal', state: 'broken', message: error.message, remedy: error.remedy }];
  }
  if (connected === null) {
    return [
      {
        name: 'Temporal',
        state: 'ok',
        message: 'embedded, does not run now; the commands that need it start it',
        remedy: null,
      },
    ];
  }
  const { client, namespace, address, uiUrl } = connected;
  const [{ pollersOf }, { checkNamespace, unknownNamespace }] = await Promise.all([
    import('../../temporal/pollers.js'),
    import('./namespace.js'),
  ]);
  const queues = [
    { name: 'orchestrator', queue: ORCHESTRATOR_QUEUE, start: 'fleetlift worker' },
    ...relays.map((name) => ({
      name: `relay ${name}`,
      queue: relayQueue(name),
      start: `fleetlift relay --name ${name} --dir DIR --slots N`,
    })),
  ];
  const unknown = await unknownNamespace(client, namespace);
  if (unknown !== null) return [unknown];
  const workers = await Promise.all(
    queues.map(async ({ name, queue, start }): Promise<Check> => {
      const pollers = await pollersOf(client.workflowService, namespace, queue);
      return pollers.length > 0
        ? { name, state: 'ok', message: `asks for work: ${pollers.join(', ')}`, remedy: null }
        : {
            name,
            state: 'broken',
            message: 'nobody asks for its work',
            remedy: uiUrl === null ? start : 'fleetlift down; fleetlift up',
          };
    }),
  );
  const place = uiUrl === null ? address : `embedded at ${address}, ${uiUrl}`;
  return [
    { name: 'Temporal', state: 'ok', message: `${place}, namespace ${namespace}`, remedy: null },
    ...(await checkNamespace(client, namespace)),
    ...workers,
    ...(fleet === null || workers.some(({ state }) => state !== 'ok')
      ? []
      : await checkRelays(client, fleet)),
  ];
}

async function checkRelays(client: Client, fleet: Fleet): Promise<Check[]> {
  const [{ askRelays }, { relayChecks }] = await Promise.all([
    import('../../temporal/tasks.js'),
    import('./relays.js'),
  ]);
  const askedMs = Date.now();
  try {
    return relayChecks(await askRelays(client, fleet), askedMs);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const message = `could not be asked: ${cause instanceof Error ? cause.message : String(cause)}`;
    const remedy = error instanceof FleetliftError ? error.remedy : 'see the log of the orchestrator';
    return [{ name: 'relays', state: 'broken', message, remedy }];
  }
}
