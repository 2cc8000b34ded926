import { renderResult } from '../../console/resultView.js';
import { standstillLines } from '../../console/standstillView.js';
import type { MigrationResult } from '../../model/job.js';
import type { MigrationInput } from '../../model/messages.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { followMigration } from '../follow.js';
import { withInterrupt } from '../interrupt.js';
import { withDetails } from '../migrationResult.js';
import { splitNames, wantedServers } from '../selection.js';
import type { CommandSpec } from '../spec.js';
import { exitCodeOfOutcome, resultOfFiles, resultOfStatus } from '../summaries.js';

interface MigrateOptions {
  wave?: string[];
  only?: string[];
  detach?: boolean;
}

export const migrate: CommandSpec<MigrateOptions> = {
  name: 'migrate',
  summary: 'migrate the servers of an inventory, or go on with it',
  description:
    'The same command again goes on with what is open and shows the result of what is finished: a finished server ' +
    'is never migrated twice, and a skipped one stays skipped until it is deleted. Ctrl-C only leaves; the migration goes on in the background.',
  arguments: [{ syntax: '<inventory>', description: 'inventory file (YAML)' }],
  options: [
    { flags: '--wave <name...>', description: 'only these waves; stands behind the inventory' },
    { flags: '--only <servers>', description: 'only these servers, separated by commas', repeatable: true },
    { flags: '--detach', description: 'start it and return at once' },
  ],
  examples: [
    { command: 'migrate fleet.yaml', does: 'migrate, with live progress' },
    { command: 'migrate fleet.yaml --wave canary', does: 'one wave only' },
    { command: 'migrate fleet.yaml --only web1,web2', does: 'two servers only' },
    { command: 'migrate fleet.yaml --json > outcome.json', does: 'for scripts' },
  ],
  exitCodes: [EXIT.serversFailed, EXIT.waiting, EXIT.detached],
  async run(context, args, options): Promise<ExitCode> {
    const [inventory = ''] = args;
    const { loadFleet } = await import('../../inventory/load.js');
    const readAt = new Date().toISOString();
    const fleet = await loadFleet(inventory, process.env);
    const input: MigrationInput = {
      fleet,
      readAt,
      waves: options.wave === undefined ? null : splitNames(options.wave),
      only: options.only === undefined ? null : splitNames(options.only),
    };
    const { settledResults, readResults } = await import('../../state/results.js');
    const done = settledResults(context.layout, fleet.name, wantedServers(input));
    if (done !== null) return conclude(context, resultOfFiles(fleet.name, done), []);

    await start(context, input);
    if (options.detach === true) {
      context.output.print(`${fleet.name} runs. Watch it with: fleetlift status --watch`);
      context.output.document({ migration: fleet.name, outcome: 'running' });
      return EXIT.done;
    }
    const status = await withInterrupt((interrupted) =>
      followMigration(context.session, fleet.name, interrupted),
    );
    if (status === null) {
      context.output.note(...detachedLines(context, fleet.name, inventory));
      return EXIT.detached;
    }
    const { client } = await context.session.connect();
    const stored = readResults(context.layout, fleet.name);
    const result = await withDetails(client, resultOfStatus(status, Date.now()), stored);
    return conclude(context, result, standstillLines(status));
  },
};

async function start({ session, layout, output }: CommandContext, input: MigrationInput): Promise<void> {
  const { startOrEdit } = await import('../../temporal/migrations.js');
  const { client, address, uiUrl } = await session.connect();
  output.note(
    uiUrl === null ? `Temporal: ${address}` : `Temporal: embedded, ${uiUrl}   log: ${layout.serviceLog}`,
  );
  const { wasOpen, message } = await startOrEdit(client, input, () =>
    output.note(`${input.fleet.name} is about to end: it starts again then.`),
  );
  if (!wasOpen) return;
  output.note(`${input.fleet.name} is open already: going on with it.`);
  if (message !== '') output.note(message);
}

function detachedLines(context: CommandContext, name: string, inventory: string): string[] {
  return [
    `Detached: ${name} goes on in the background.`,
    '  watch it:  fleetlift status --watch',
    `  back here: fleetlift migrate ${inventory}`,
    ...(context.globals.address === undefined
      ? ['  stop all:  fleetlift down   (fleetlift up goes on)']
      : []),
  ];
}

async function conclude(
  context: CommandContext,
  result: MigrationResult,
  standstill: readonly string[] = [],
): Promise<ExitCode> {
  const { writeReport } = await import('../../report/writeReport.js');
  const reportFile = writeReport(context.layout, result);
  context.output.print(...renderResult(result, standstill), `report: ${reportFile}`);
  context.output.document(result);
  return exitCodeOfOutcome(result.outcome);
}
