import type { CommandAnswer, OperateOptions, ServerSummary } from '../model/messages.js';
import { EFFECTS, operatorState, type Operation } from '../model/operations.js';
import { EXIT, type ExitCode } from './exitCodes.js';
import { findServers, requireOneKind, type Selection } from './findServers.js';
import { operateServer } from './operateServer.js';
import type { CommandSpec } from './spec.js';
import { usageError } from './usageError.js';

interface OperatorOptions {
  wave?: string;
  all?: boolean;
  yes?: boolean;
  at?: string;
}

/** A command of the operator, answered at once: `SERVER… | --wave W | --all`. */
export function operatorCommand(
  texts: Pick<CommandSpec, 'summary' | 'description' | 'examples'> & { readonly name: Operation },
): CommandSpec<OperatorOptions> {
  return {
    ...texts,
    arguments: [{ syntax: '[server...]', description: 'names of servers' }],
    options: [
      { flags: '--wave <name>', description: 'every server of this wave that it is possible for' },
      { flags: '--all', description: 'every server that it is possible for' },
      ...(texts.name === 'delete'
        ? [{ flags: '--yes', description: 'also where finished images are removed' }]
        : []),
      ...(texts.name === 'cutover'
        ? [{ flags: '--at <time>', description: 'not now but then: 02:00, 2026-12-01T02:00, or never' }]
        : []),
    ],
    async run(context, names, options): Promise<ExitCode> {
      const selection: Selection = { names, wave: options.wave ?? null, all: options.all === true };
      requireOneKind(selection);
      const asked = await readAsked(options);
      const { client } = await context.session.connectExisting();
      const { migration, servers } = await findServers(client, context.globals.migration, selection);
      // Named servers are each told why not; of a wave only those are meant that the command is for.
      const meant = names.length > 0 ? servers : servers.filter((server) => mayBeMeant(texts.name, server));
      if (meant.length === 0) {
        context.output.print(`There is no server that could be asked to ${texts.name}.`);
        context.output.document({ migration, servers: [] });
        return EXIT.done;
      }
      if (texts.name === 'delete' && options.yes !== true) refuseToRemoveImages(meant);
      const answers = await Promise.all(
        meant.map(async (server) => ({
          server,
          answer: await operateServer(client, migration, { operation: texts.name, options: asked }, server),
        })),
      );
      const shown = names.length > 0 ? answers : answers.filter(({ answer }) => answer.accepted);
      context.output.print(...shown.map(({ answer }) => answer.message));
      context.output.document({ migration, servers: shown.map(asDocument) });
      if (answers.some(({ answer }) => answer.accepted)) return EXIT.done;
      // A script must notice that nothing was done; the document has told why.
      if (context.output.json) return EXIT.usage;
      throw usageError(`${texts.name} was possible for none of these servers`, 'fleetlift status');
    },
  };
}

async function readAsked({ at }: OperatorOptions): Promise<OperateOptions> {
  if (at === undefined) return {};
  if (at === 'never') return { at: null };
  const { parseTime } = await import('./parseTime.js');
  return { at: parseTime(at) };
}

type Answered = { server: ServerSummary; answer: CommandAnswer };

/** Only the job itself knows whether it is about to pause. */
function mayBeMeant(operation: Operation, server: ServerSummary): boolean {
  return [true, false].some(
    (pausing) => EFFECTS[operation][operatorState({ ...server, pausing })] !== undefined,
  );
}

function refuseToRemoveImages(servers: readonly ServerSummary[]): void {
  const finished = servers.filter(({ status }) => status === 'Finished').map(({ name }) => name);
  if (finished.length === 0) return;
  throw usageError(
    `the images of ${finished.join(', ')} would be removed`,
    `keep them, or: fleetlift delete ${finished.join(' ')} --yes`,
  );
}

function asDocument({ server, answer }: Answered): object {
  return { name: server.name, job: server.job, ...answer };
}
