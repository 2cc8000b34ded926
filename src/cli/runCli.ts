import { CommanderError } from 'commander';
import { FleetliftError } from '../errors/FleetliftError.js';
import { chooseStateDir, stateLayout } from '../state/layout.js';
import { COMMANDS } from './commandTable.js';
import type { CommandContext } from './context.js';
import { EXIT, exitCodeOf, type ExitCode } from './exitCodes.js';
import { createOutput } from './output.js';
import { buildProgram, type Invocation } from './program.js';
import { reportError } from './reportError.js';
import { explainServiceFailure } from './serviceFailure.js';
import { Session } from './session.js';
import { usageError } from './usageError.js';

/** Runs one command line, prints what it has to say, and answers the exit status. */
export async function runCli(argv: readonly string[]): Promise<ExitCode> {
  // Known before the command line is understood, since errors of understanding it go the same way.
  const json = argv.includes('--json');
  try {
    const invocation = await understand(argv);
    return invocation === null ? EXIT.done : await execute(invocation);
  } catch (error) {
    const known = asFleetliftError(error);
    reportError(known, createOutput(json));
    return exitCodeOf(known.code);
  }
}

async function understand(argv: readonly string[]): Promise<Invocation | null> {
  let invocation: Invocation | null = null;
  const program = await buildProgram(argv, (found) => (invocation = found));
  const complaints: string[] = [];
  const collect = { writeErr: (text: string) => complaints.push(text) };
  program.configureOutput(collect);
  for (const command of program.commands) {
    command.configureOutput(collect);
    for (const sub of command.commands) sub.configureOutput(collect);
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    // `fleetlift` alone, or `fleetlift jobs` alone: commander has collected the help as its complaint.
    if (error.code === 'commander.help') {
      process.stderr.write(complaints.join(''));
      throw usageError('no command was given', helpCommand(argv));
    }
    throw usageError(
      error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/, '. Did you mean $1?'),
      helpCommand(argv),
    );
  }
  return invocation;
}

async function execute({ spec, args, options, globals }: Invocation): Promise<ExitCode> {
  const output = createOutput(globals.json === true);
  const layout = stateLayout(chooseStateDir(globals.stateDir));
  const session = new Session(globals, layout, output);
  const context: CommandContext = { globals, layout, output, session };
  try {
    return (await spec.run?.(context, args, options)) ?? EXIT.done;
  } catch (error) {
    throw await explainServiceFailure(error, layout);
  } finally {
    await session.close();
  }
}

function helpCommand(argv: readonly string[]): string {
  // The first of the line: `schedule pause` is not `pause`.
  const known = argv.find((argument) => COMMANDS.some(({ name }) => name === argument));
  return known === undefined ? 'fleetlift --help' : `fleetlift ${known} --help`;
}

function asFleetliftError(error: unknown): FleetliftError {
  if (error instanceof FleetliftError) return error;
  return new FleetliftError('E-INTERNAL', {
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    remedy: 'report this with the lines above',
    cause: error,
  });
}
