import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { pollUntil } from '../../activities/support/poll.js';
import { PROJECT_DIR } from '../../lab/paths.js';
import { FINAL_STATUSES, type MigrationResult, type ServerResult } from '../../src/model/job.js';
import { readEndpoint } from '../../src/service/records.js';
import { stateLayout } from '../../src/state/layout.js';

export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test changes of how its commands are run. */
export interface CommandSetting {
  /** Besides the test's own environment; the service takes it over from the command that starts it. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command that takes longer, milliseconds, is killed; default: none is. */
  readonly timeout?: number;
  /** Path of another `bin/fleetlift` than this project's. */
  readonly program?: string;
}

/** fleetlift as an operator runs it, with a state folder of the test's own. */
export class Fleetlift {
  private constructor(
    readonly stateDir: string,
    private readonly setting: CommandSetting,
  ) {}

  /** With a state folder of its own, which goes with it. */
  static async inNewFolder(setting: CommandSetting = {}): Promise<Fleetlift> {
    return new Fleetlift(await mkdtemp(join(tmpdir(), 'fleetlift-e2e-')), setting);
  }

  /** With a state folder of that path, which need not be there yet. */
  static in(stateDir: string, setting: CommandSetting = {}): Fleetlift {
    return new Fleetlift(stateDir, setting);
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<CommandOutcome> {
    const { program = join(PROJECT_DIR, 'bin', 'fleetlift'), ...options } = this.setting;
    const { exitCode, stdout, stderr } = await execa(program, ['--state-dir', this.stateDir, ...args], {
      reject: false,
      stdin: 'ignore',
      ...options,
    });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  }

  /** Runs `migrate --json`; the document, and how the command ended. */
  async migrate(
    inventory: string,
    ...args: string[]
  ): Promise<{ exitCode: number; result: MigrationResult }> {
    const { exitCode, stdout, stderr } = await this.run('migrate', inventory, '--json', ...args);
    if (stdout === '') throw new Error(`migrate printed no document (exit ${exitCode}): ${stderr}`);
    return { exitCode, result: JSON.parse(stdout) as MigrationResult };
  }

  /** The servers as `status --json` shows them. */
  async servers(): Promise<ServerResult[]> {
    const { stdout } = await this.run('status', '--json');
    return stdout === '' ? [] : (JSON.parse(stdout) as { servers: ServerResult[] }).servers;
  }

  /** Pid of the embedded service, which must run. */
  servicePid(): number {
    const endpoint = readEndpoint(stateLayout(this.stateDir));
    if (endpoint === null) throw new Error('the service does not run');
    return endpoint.pid;
  }

  /** Gives up what is not final, and waits until it holds nothing any more on source and relay. */
  async giveUp(): Promise<void> {
    const open = (servers: readonly ServerResult[]): boolean =>
      servers.some(({ status }) => !FINAL_STATUSES.includes(status));
    if (!open(await this.servers())) return;
    await this.run('cancel', '--all');
    await pollUntil(500, AbortSignal.timeout(60_000), async () => (open(await this.servers()) ? null : true));
  }

  /** Stops the service and removes the folder, images included. */
  async dispose(): Promise<void> {
    await this.run('down');
    await rm(this.stateDir, { recursive: true, force: true });
  }
}
