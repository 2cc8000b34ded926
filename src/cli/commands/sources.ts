import { printable, renderTable } from '../../console/text.js';
import type { SourceRecord } from '../../model/source.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import type { CommandContext } from '../context.js';
import { FILTER_OPTIONS, filterRows, type Filters } from '../filters.js';
import type { CommandSpec } from '../spec.js';
import { usageError } from '../usageError.js';

const list: CommandSpec<Filters> = {
  name: 'list',
  summary: 'list the sources that were imported',
  options: FILTER_OPTIONS,
  examples: [
    { command: 'sources list', does: 'all' },
    { command: 'sources list --state locked', does: 'those that an unfinished job holds' },
  ],
  async run(context, _args, filters): Promise<ExitCode> {
    const sources = filterRows(await known(context), filters, {
      name: ({ hostname }) => hostname,
      id: ({ id }) => id,
      state: stateOf,
      job: ({ lastJob }) => lastJob,
    });
    if (sources.length === 0)
      context.output.note('no such source is known: a server becomes one when it is imported');
    else
      context.output.print(
        ...renderTable([
          ['ID', 'HOST NAME', 'ADDRESS', 'STATE', 'LAST JOB'],
          ...sources.map((source) =>
            [source.id, source.hostname, source.host, stateOf(source), source.lastJob ?? ''].map(printable),
          ),
        ]),
      );
    context.output.document({ sources: sources.map((source) => ({ ...source, state: stateOf(source) })) });
    return EXIT.done;
  },
};

const show: CommandSpec = {
  name: 'show',
  summary: 'show one source',
  arguments: [{ syntax: '<source>', description: 'its id or host name' }],
  examples: [{ command: 'sources show web1', does: 'its record and the job that holds it' }],
  async run(context, [name = '']): Promise<ExitCode> {
    const source = await theOne(context, name);
    context.output.print(
      ...renderTable(
        [
          ['id', source.id],
          ['host name', source.hostname],
          ['address', source.host],
          ['state', stateOf(source)],
          ['held by', source.holder ?? 'nobody'],
          ['last job', source.lastJob ?? ''],
        ].map((row) => row.map(printable)),
      ),
    );
    context.output.document({ ...source, state: stateOf(source) });
    return EXIT.done;
  },
};

const remove: CommandSpec = {
  name: 'delete',
  summary: 'forget a source that no unfinished job holds',
  arguments: [{ syntax: '<source>', description: 'its id or host name' }],
  examples: [{ command: 'sources delete web1', does: 'its record only: images and results stay' }],
  async run(context, [name = '']): Promise<ExitCode> {
    const { deleteSource } = await import('../../temporal/sources.js');
    const { client } = await context.session.connectExisting();
    const source = await theOne(context, name);
    const answer = await deleteSource(client, source.id);
    if (!answer.accepted) throw usageError(answer.message, 'fleetlift jobs list');
    context.output.print(printable(answer.message));
    context.output.document({ id: source.id, ...answer });
    return EXIT.done;
  },
};

export const sources: CommandSpec = {
  name: 'sources',
  summary: 'list the known sources, show or delete one',
  examples: [
    { command: 'sources list', does: 'all' },
    { command: 'sources show web1', does: 'one' },
  ],
  subcommands: [list, show, remove],
};

/** The source with that id or host name. @throws E-USAGE where there is none, or several */
async function theOne(context: CommandContext, name: string): Promise<SourceRecord> {
  const found = (await known(context)).filter(({ id, hostname }) => id === name || hostname === name);
  const [source, ...others] = found;
  if (source === undefined) throw usageError(`no source "${name}" is known`, 'fleetlift sources list');
  if (others.length === 0) return source;
  throw usageError(
    `several sources are called "${name}"`,
    `give the id: ${found.map(({ id }) => id).join(', ')}`,
  );
}

async function known({ session }: CommandContext): Promise<SourceRecord[]> {
  const { listSources } = await import('../../temporal/sources.js');
  const { client } = await session.connectRunning();
  return listSources(client);
}

/** At most one unfinished job holds a source. */
function stateOf({ holder }: SourceRecord): 'free' | 'locked' {
  return holder === null ? 'free' : 'locked';
}
