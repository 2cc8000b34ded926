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
    const found = (await known(context)).filter(({ id, hostname }) => id === name || hostname === name);
    const [source, ...others] = found;
    if (source === undefined) throw usageError(`no source "${name}" is known`, 'fleetlift sources list');
    if (others.length > 0) {
      throw usageError(
        `several sources are called "${name}"`,
        `give the id: ${found.map(({ id }) => id).join(', ')}`,
      );
    }
    context.output.print(
      ...renderTable(
        [
          ['id', source.id],
          ['host name', source.hostname],
          ['address', source.host],
          ['state', stateOf(source)],
          ['held by', source.holder ?? ''],
          ['last job', source.lastJob ?? ''],
        ].map((row) => row.map(printable)),
      ),
    );
    context.output.document({ ...source, state: stateOf(source) });
    return EXIT.done;
  },
};

export const sources: CommandSpec = {
  name: 'sources',
  summary: 'list the known sources, or show one',
  examples: [
    { command: 'sources list', does: 'all' },
    { command: 'sources show web1', does: 'one' },
  ],
  subcommands: [list, show],
};

async function known({ session }: CommandContext): Promise<SourceRecord[]> {
  const { listSources } = await import('../../temporal/sources.js');
  const { client } = await session.connectRunning();
  return listSources(client);
}

/** At most one unfinished job holds a source. */
function stateOf({ holder }: SourceRecord): 'free' | 'locked' {
  return holder === null ? 'free' : 'locked';
}
