import { Command, Option } from 'commander';
import { projectVersion } from '../service/projectDir.js';
import { COMMANDS } from './commandTable.js';
import { EXIT_MEANING, type ExitCode } from './exitCodes.js';
import { GLOBAL_OPTIONS, type GlobalOptions } from './globals.js';
import type { CommandSpec, OptionSpec } from './spec.js';

/** A command line that was understood. */
export interface Invocation {
  readonly spec: CommandSpec;
  readonly args: readonly string[];
  readonly options: object;
  readonly globals: GlobalOptions;
}

/**
 * The parser. Only the commands that the command line names are loaded; of the others it knows name and summary.
 *
 * @param onInvocation called when a command was understood; without a call it was help.
 */
export async function buildProgram(
  argv: readonly string[],
  onInvocation: (invocation: Invocation) => void,
): Promise<Command> {
  const program = new Command('fleetlift')
    .description(
      'Lifts a fleet of running Linux servers into bootable images that have been booted and checked.',
    )
    .usage('COMMAND [options]')
    .version(projectVersion(), '-V, --version', 'version of fleetlift')
    .helpOption('-h, --help', 'help, also for every command')
    .addHelpText('after', firstSteps())
    .exitOverride();
  program.configureHelp({ showGlobalOptions: true });
  for (const option of Object.values(GLOBAL_OPTIONS)) program.addOption(toOption(option));
  for (const entry of COMMANDS) {
    if (argv.includes(entry.name)) addCommand(program, await entry.load(), onInvocation);
    else program.command(entry.name).description(entry.summary);
  }
  return program;
}

function addCommand(
  parent: Command,
  spec: CommandSpec,
  onInvocation: (invocation: Invocation) => void,
): void {
  const command = parent.command(spec.name).summary(spec.summary).description(describe(spec));
  command.configureHelp({ showGlobalOptions: true });
  for (const { syntax, description } of spec.arguments ?? []) command.argument(syntax, description);
  for (const option of spec.options ?? []) command.addOption(toOption(option));
  command.addHelpText('after', `\n${examplesText(spec)}\n\n${exitText(spec)}`);
  for (const sub of spec.subcommands ?? []) addCommand(command, sub, onInvocation);
  if (spec.run === undefined) return;
  command.action(() => {
    const options: object = command.opts();
    onInvocation({ spec, args: command.args, options, globals: command.optsWithGlobals<GlobalOptions>() });
  });
}

function toOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.mandatory === true) option.makeOptionMandatory();
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.repeatable === true) {
    option.argParser((value, previous: string[] | undefined) => [...(previous ?? []), value]);
  }
  const { parse } = spec;
  if (parse !== undefined) option.argParser((value: string) => parse(value));
  return option;
}

function describe({ summary, description }: CommandSpec): string {
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return description === undefined ? sentence : `${sentence}\n\n${description}`;
}

function examplesText({ examples }: CommandSpec): string {
  const width = Math.max(0, ...examples.map(({ command }) => command.length));
  const lines = examples.map(({ command, does }) => `  fleetlift ${command.padEnd(width)}   ${does}`);
  return ['EXAMPLES', ...lines].join('\n');
}

function exitText({ exitCodes = [] }: CommandSpec): string {
  const codes: ExitCode[] = [0, 1, 2, ...exitCodes];
  return ['EXIT STATUS', ...codes.map((code) => `  ${String(code).padEnd(4)} ${EXIT_MEANING[code]}`)].join(
    '\n',
  );
}

function firstSteps(): string {
  return [
    '',
    'EXAMPLES',
    '  fleetlift init > fleet.yaml      an inventory to start from',
    '  fleetlift drill fleet.yaml       what would go wrong, before anything is changed',
    '  fleetlift migrate fleet.yaml     the migration; again: goes on, or shows what was done',
    '  fleetlift status --watch         from another terminal',
    '',
    'EXIT STATUS',
    ...Object.entries(EXIT_MEANING).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`),
  ].join('\n');
}
