import { statusWord } from '../console/text.js';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { CommandAnswer, ServerSummary } from '../model/messages.js';
import type { JobCommand } from '../temporal/jobs.js';
import { EXIT, type ExitCode } from './exitCodes.js';
import { findServers, requireOneKind, type Selection } from './findServers.js';
import type { CommandSpec } from './spec.js';

interface OperatorOptions {
  wave?: string;
  all?: boolean;
}

/** A command that is sent to jobs and answered at once: `SERVER… | --wave W | --all`. */
export function operatorCommand(
  texts: Pick<CommandSpec, 'summary' | 'description' | 'examples'> & { readonly name: JobCommand },
): CommandSpec<OperatorOptions> {
  return {
    ...texts,
    arguments: [{ syntax: '[server...]', description: 'names of servers' }],
    options: [
      { flags: '--wave <name>', description: 'every server of this wave that is in error' },
      { flags: '--all', description: 'every server that is in error' },
    ],
    async run(context, names, options): Promise<ExitCode> {
      const selection: Selection = { names, wave: options.wave ?? null, all: options.all === true };
      requireOneKind(selection);
      const { commandJob } = await import('../temporal/jobs.js');
      const { client } = await context.session.connectExisting();
      const { migration, servers } = await findServers(client, context.globals.migration, selection);
      // Named servers are each told why not; of a wave only those are meant that the command is for.
      const meant = names.length > 0 ? servers : servers.filter(({ status }) => status === 'InError');
      if (meant.length === 0) {
        context.output.print(`No server there is in error: nothing to ${texts.name}.`);
        context.output.document({ migration, servers: [] });
        return EXIT.done;
      }
      const answers = await Promise.all(
        meant.map(async (server) => ({
          server,
          answer: (await commandJob(client, server.job, texts.name)) ?? notOpen(server, texts.name),
        })),
      );
      context.output.print(...answers.map(({ answer }) => answer.message));
      context.output.document({ migration, servers: answers.map(asDocument) });
      refuseWhereNoneWasAccepted(answers, texts.name, context.output.json);
      return EXIT.done;
    },
  };
}

type Answered = { server: ServerSummary; answer: CommandAnswer };

function notOpen({ name, status }: ServerSummary, command: JobCommand): CommandAnswer {
  const message =
    status === 'Queued' || status === 'Ready'
      ? `${name} has not started yet: there is nothing to ${command}`
      : `${name} is ${statusWord(status)}: there is nothing to ${command}`;
  return { accepted: false, message };
}

function asDocument({ server, answer }: Answered): object {
  return { name: server.name, job: server.job, ...answer };
}

/** A script must notice that nothing was done. */
function refuseWhereNoneWasAccepted(answers: readonly Answered[], name: string, json: boolean): void {
  if (json || answers.some(({ answer }) => answer.accepted)) return;
  throw new FleetliftError('E-USAGE', {
    message: `${name} was possible for none of these servers`,
    remedy: 'fleetlift status',
  });
}
