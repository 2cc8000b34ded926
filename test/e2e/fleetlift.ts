import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { pollUntil } from '../../activities/support/poll.js';
import { PROJECT_DIR } from '../../lab/paths.js';
import { FINAL_STATUSES, type MigrationResult, type ServerResult } from '../../src/model/job.js';
import { parseJob } from '../../src/cli/jobNames.js';
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

  /** The servers as `status --json` shows them; none where several migrations are open, which it refuses. */
  async servers(): Promise<ServerResult[]> {
    return (await this.document<{ servers: ServerResult[] }>('status')).servers ?? [];
  }

  /** Pid of the embedded service, which must run. */
  servicePid(): number {
    const endpoint = readEndpoint(stateLayout(this.stateDir));
    if (endpoint === null) throw new Error('the service does not run');
    return endpoint.pid;
  }

  /** Gives up what is not final, and waits until it holds nothing any more on source and relay. */
  async giveUp(): Promise<void> {
    const open = await this.openMigrations();
    if (open.length === 0) return;
    for (const name of open) await this.run('cancel', '--all', '--migration', name);
    await pollUntil(500, AbortSignal.timeout(60_000), async () =>
      (await this.openMigrations()).length > 0 ? null : true,
    );
  }

  /** Migrations in which something is not final: a server that has no job yet is known by its status alone. */
  private async openMigrations(): Promise<string[]> {
    const { jobs = [] } = await this.document<{ jobs: { job: string; status: string }[] }>('jobs', 'list');
    const open = [...(await this.servers()), ...jobs].filter(
      ({ status }) => !FINAL_STATUSES.some((final) => final === status),
    );
    return [...new Set(open.map(({ job }) => parseJob(job).migration))];
  }

  /** What a command prints with `--json`; of one that fails, none of this is there. */
  private async document<T>(...args: string[]): Promise<Partial<T>> {
    const { stdout } = await this.run(...args, '--json');
    return JSON.parse(stdout === '' ? '{}' : stdout) as Partial<T>;
  }

  /** Stops the service and removes the folder, images included. */
  async dispose(): Promise<void> {
    await this.run('down');
    await rm(this.stateDir, { recursive: true, force: true });
  }
}
