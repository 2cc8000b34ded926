import type { CommandContext } from './context.js';
import type { ExitCode } from './exitCodes.js';

export interface OptionSpec {
  /** As commander writes them: `--wave <name...>`. */
  readonly flags: string;
  readonly description: string;
  /** Must be given. */
  readonly mandatory?: boolean;
  /** Turns the text into the option's value. @throws E-USAGE */
  readonly parse?: (value: string) => unknown;
  /** May be given several times. */
  readonly repeatable?: boolean;
  readonly choices?: readonly string[];
}

export interface Example {
  /** Without the leading `fleetlift`. */
  readonly command: string;
  readonly does: string;
}

/**
 * One command, as data that feeds parser and help. `run` loads what it needs by itself: a command's file brings in
 * neither Temporal nor SSH, so that help is instant.
 */
export interface CommandSpec<Options = object> {
  readonly name: string;
  /** As commander writes them: `<inventory>`, `[server...]`. */
  readonly arguments?: readonly { readonly syntax: string; readonly description: string }[];
  readonly options?: readonly OptionSpec[];
  readonly summary: string;
  /** What the summary leaves open, in a few sentences. */
  readonly description?: string;
  readonly examples: readonly Example[];
  /** Beyond 0, 1 and 2. */
  readonly exitCodes?: readonly ExitCode[];
  readonly subcommands?: readonly CommandSpec[];
  run?(context: CommandContext, args: readonly string[], options: Options): Promise<ExitCode>;
}
