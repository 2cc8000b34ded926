import { execa } from 'execa';
import { FleetliftError } from '../errors/FleetliftError.js';
import { toolEnvironment } from '../toolEnvironment.js';

export interface RunOptions {
  readonly stdin?: string;
  readonly signal?: AbortSignal | undefined;
  /** What is worked on, e.g. `disk system`, for the message of an error. */
  readonly about?: string;
  /** Exit codes that are a result and not a failure; default only 0. */
  readonly accept?: readonly number[];
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * Runs a tool of the relay, which is killed when this process dies, so that a restarted worker never works beside
 * what a dead one had begun.
 *
 * @throws FleetliftError E-RELAY-TOOL where it is not installed, E-RELAY-DISK for an exit code that is not accepted
 *   (with command and stderr), and the signal's reason where that aborted it.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return runPrefixed([], command, args, options);
}

/** Like {@link runTool}, with words before the command that enter a namespace. */
export async function runPrefixed(
  prefix: readonly string[],
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const words = [...dieWithParent, ...prefix, ...(prefix.length > 0 ? dieWithParent : []), command, ...args];
  const result = await execa('setpriv', words.slice(1), {
    reject: false,
    input: options.stdin ?? '',
    extendEnv: false,
    env: toolEnvironment(),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal, forceKillAfterDelay: 2000 }),
  });
  options.signal?.throwIfAborted();
  const { exitCode, stdout, stderr } = result;
  if (exitCode !== undefined && (options.accept ?? [0]).includes(exitCode))
    return { stdout, stderr, exitCode };
  if (exitCode === 127 || result.code === 'ENOENT') {
    const missing = result.code === 'ENOENT' ? 'setpriv' : command;
    throw new FleetliftError('E-RELAY-TOOL', { message: `${missing} is not installed on the relay` });
  }
  const ended = exitCode === undefined ? `by ${result.signal ?? 'an unknown cause'}` : `with ${exitCode}`;
  const where = options.about === undefined ? '' : ` (${options.about})`;
  throw new FleetliftError('E-RELAY-DISK', {
    message: `${[command, ...args].join(' ')}${where} ended ${ended}: ${tail(stderr) || tail(stdout)}`,
  });
}

const dieWithParent = ['setpriv', '--pdeathsig', 'KILL'];

/** The last kilobyte of a tool's output: where it says what went wrong. */
function tail(text: string): string {
  return text.trim().slice(-1024);
}
