import { setTimeout as delay } from 'node:timers/promises';
import { Painter } from '../../console/painter.js';
import { renderProgress, type LiveStep } from '../../console/progressView.js';
import { remediesLines } from '../../console/remediesView.js';
import { renderResult } from '../../console/resultView.js';
import { standstillLines } from '../../console/standstillView.js';
import type { FleetliftError } from '../../errors/FleetliftError.js';
import type { MigrationStatus } from '../../model/messages.js';
import { comeBack } from '../comeBack.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exitCodes.js';
import { withInterrupt } from '../interrupt.js';
import { progressOf } from '../progressOf.js';
import type { CommandSpec } from '../spec.js';
import { resultOfFiles, resultOfStatus } from '../summaries.js';
import { unknownMigration } from '../migrationResult.js';
import { sayWhich, usageError } from '../usageError.js';

interface StatusOptions {
  watch?: boolean;
}
interface Shown {
  readonly status: MigrationStatus;
  readonly live: ReadonlyMap<string, LiveStep>;
  /** Its workflow was ended from outside, so this is how it stood then. */
  readonly ended: FleetliftError | null;
}

const WATCH_MS = 1_000;

export const status: CommandSpec<StatusOptions> = {
  name: 'status',
  summary: 'show how migrations stand',
  description:
    'Shows every open migration, else the latest. Starts nothing: where the embedded service does not run, it shows what the result files tell.',
  options: [{ flags: '--watch', description: 'keep showing until Ctrl-C or until nothing runs' }],
  examples: [
    { command: 'status', does: 'how it stands now' },
    { command: 'status --watch', does: 'live' },
    { command: 'status --json --migration dc1-exit', does: 'for scripts' },
  ],
  exitCodes: [EXIT.detached],
  async run(context, _args, options): Promise<ExitCode> {
    const connected = await context.session.connectIfRunning();
    if (connected === null) return showFiles(context);
    if (options.watch === true && !context.output.json) return watch(context);
    const shown = await look(context);
    if (shown.length === 0) return showFiles(context);
    showOnce(context, shown);
    return EXIT.done;
  },
};

function showOnce({ output }: CommandContext, shown: readonly Shown[]): void {
  const [first, ...others] = shown;
  if (output.json && others.length > 0) {
    throw usageError(
      `several migrations are open: ${shown.map(({ status: { name } }) => name).join(', ')}`,
      sayWhich(shown.map(({ status: { name } }) => name)),
    );
  }
  const width = process.stdout.isTTY ? process.stdout.columns - 1 : 200;
  for (const { status: one, live } of shown) {
    output.print(one.name);
    output.print(
      ...(one.outcome === 'running'
        ? [...renderProgress(one, live, { width, height: 10_000 }), ...remediesLines(one.servers)]
        : renderResult(resultOfStatus(one, Date.now()), standstillLines(one))),
    );
  }
  for (const { ended } of shown) {
    if (ended !== null) output.note(`fleetlift: ${ended.code}: ${ended.message}`, `  → ${ended.remedy}`);
  }
  if (first === undefined) return;
  output.document({
    ...resultOfStatus(first.status, Date.now()),
    outcome: first.status.outcome,
    waves: first.status.waves,
    servers: first.status.servers.map((server) => ({
      ...server,
      progress: first.live.get(server.name)?.progress ?? null,
    })),
  });
}

async function watch(context: CommandContext): Promise<ExitCode> {
  const painter = new Painter(process.stdout);
  return withInterrupt(async (interrupted) => {
    let lastAnswerMs = Date.now();
    while (!interrupted.aborted) {
      let shown;
      try {
        shown = await look(context);
      } catch (error) {
        const what = context.globals.migration ?? 'the migrations';
        await comeBack(context.session, error, what, Date.now() - lastAnswerMs);
        await pause(interrupted);
        continue;
      }
      lastAnswerMs = Date.now();
      const ended = shown.find((one) => one.ended !== null)?.ended;
      if (ended) throw ended;
      const height = Math.max(4, Math.floor(painter.height / Math.max(1, shown.length)) - 1);
      const running = shown.some(({ status: { outcome } }) => outcome === 'running');
      if (!running) {
        painter.clear();
        showOnce(context, shown);
        return EXIT.done;
      }
      painter.paint(
        shown.flatMap(({ status: one, live }) => [
          one.name,
          ...renderProgress(one, live, { width: painter.width, height }),
        ]),
      );
      await pause(interrupted);
    }
    return EXIT.detached;
  });
}

async function pause(interrupted: AbortSignal): Promise<void> {
  await delay(WATCH_MS, undefined, { signal: interrupted }).catch(() => undefined);
}

/** The open migrations, else the latest one; with `--migration` that one. */
async function look({ session, globals }: CommandContext): Promise<Shown[]> {
  const [{ listMigrations, queryMigration }, { endedFromOutside }] = await Promise.all([
    import('../../temporal/migrations.js'),
    import('../../temporal/endedFromOutside.js'),
  ]);
  const { client } = await session.connect();
  const known = await listMigrations(client);
  const open = known.filter((one) => one.open);
  const meant =
    globals.migration !== undefined
      ? known.filter(({ name }) => name === globals.migration)
      : open.length > 0
        ? open
        : known.slice(0, 1);
  const statuses = await Promise.all(meant.map(({ name }) => queryMigration(client, name)));
  return Promise.all(
    statuses
      .filter((one) => one !== null)
      .map(async (one) => {
        const progress = await progressOf(client, one);
        const live = [...progress].map(
          ([name, told]) => [name, { progress: told, elapsedSeconds: null }] as const,
        );
        const ended = await endedFromOutside(client, one);
        // Nothing of it goes on by itself, whatever its last answer says.
        const status: MigrationStatus = ended === null ? one : { ...one, outcome: 'failed' };
        return { status, live: new Map<string, LiveStep>(live), ended };
      }),
  );
}

async function showFiles({ globals, layout, output }: CommandContext): Promise<ExitCode> {
  const { readResults } = await import('../../state/results.js');
  const results = readResults(layout, globals.migration);
  const names = [...new Set(results.map(({ migration }) => migration))];
  if (output.json && names.length > 1) {
    throw usageError(`several migrations are known: ${names.join(', ')}`, sayWhich(names));
  }
  if (names.length === 0 && globals.migration !== undefined) throw unknownMigration(globals.migration);
  if (names.length === 0) {
    output.print('There is no migration here yet. Start one with: fleetlift migrate INVENTORY');
    output.document({ migration: null, outcome: null, seconds: 0, servers: [] });
  }
  for (const name of names) {
    const result = resultOfFiles(
      name,
      results.filter(({ migration }) => migration === name),
    );
    output.print(name, ...renderResult(result));
    output.document({
      ...result,
      servers: result.servers.map((server) => ({ ...server, phase: null, reason: null, progress: null })),
    });
  }
  const { readEndpoint } = await import('../../service/records.js');
  if (readEndpoint(layout) === null) {
    output.note('The embedded service does not run; what was open goes on with: fleetlift up');
  }
  return EXIT.done;
}
