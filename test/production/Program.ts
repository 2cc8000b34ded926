import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
}

const END_MS = 60_000;

/** A long-running process of the topology, with its output in a file. */
export class Program {
  private constructor(
    readonly name: string,
    private readonly words: readonly string[],
    private readonly options: ProgramOptions,
    private child: ChildProcess,
    private ended: Promise<unknown>,
  ) {}

  static start(name: string, words: readonly string[], options: ProgramOptions): Program {
    const child = launch(words, options);
    return new Program(name, words, options, child, once(child, 'exit'));
  }

  /** Starts it anew, with the same words. */
  restart(): void {
    this.child = launch(this.words, this.options);
    this.ended = once(this.child, 'exit');
  }

  /** Sends a signal and waits for the end, which is forced after a minute. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    const late = new AbortController();
    const force = delay(END_MS, undefined, { signal: late.signal }).then(
      () => this.child.kill('SIGKILL'),
      () => undefined,
    );
    await this.ended;
    late.abort();
    await force;
  }
}

function launch([command = '', ...words]: readonly string[], { env, log }: ProgramOptions): ChildProcess {
  const output = openSync(log, 'a', 0o600);
  const child = spawn(command, words, { env, stdio: ['ignore', output, output] });
  closeSync(output);
  return child;
}
