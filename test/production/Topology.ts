import { randomBytes } from 'node:crypto';
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parseDocument, type Document } from 'yaml';
import { labDown, labUp } from '../../lab/lab.js';
import { DEFAULT_STATE_DIR, PROJECT_DIR } from '../../lab/paths.js';
import { identityFile, inventoryFile, knownHostsFile } from '../../lab/state.js';
import { FINAL_STATUSES, type MigrationResult } from '../../src/model/job.js';
import { pollUntil } from '../../activities/support/poll.js';
import { SYSTEM_PATH } from './environment.js';
import { Program } from './Program.js';
import { Prometheus } from './prometheus.js';
import { makeStations, on, removeStations, STATIONS, type Station } from './stations.js';
import { startTemporal } from './temporal.js';
import { confinedBy } from './unit.js';

/** Orchestrators and the operator: nobody in particular, who owns nothing on this machine. */
export const WORKER_UID = 61_234;
const METRICS = ['--metrics-host', '0.0.0.0', '--metrics-port', '9464'];
const GIVE_UP_MS = 120_000;
const FLEETLIFT = join(PROJECT_DIR, 'bin', 'fleetlift');

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Everything of production on one machine: Temporal on PostgreSQL, Prometheus, two orchestrators, two relays, a fleet. */
export class Topology {
  private readonly programs: Program[] = [];
  private address = '';
  readonly workers: Program[] = [];
  readonly relays: Program[] = [];
  /** Set by {@link start}. */
  prometheus!: Prometheus;

  /** The machines that serve metrics. */
  readonly pages: readonly Station[] = [STATIONS.worker1, STATIONS.worker2, STATIONS.relay1, STATIONS.relay2];

  private constructor(readonly folder: string) {}

  /** @param logs - folder that gets the logs where it does not come up */
  static async start(servers: number, logs: string, say: (line: string) => void): Promise<Topology> {
    const folder = await mkdtemp(join(tmpdir(), 'fleetlift-production-'));
    // Its parts belong to several users.
    await chmod(folder, 0o711);
    const topology = new Topology(folder);
    try {
      await topology.build(servers, say);
      return topology;
    } catch (error) {
      await topology.close(logs);
      throw error;
    }
  }

  private async build(servers: number, say: (line: string) => void): Promise<void> {
    // The last one that was started ends first.
    const keep = (program: Program): void => void this.programs.unshift(program);
    await labDown();
    say(`a lab of ${servers} servers`);
    await labUp({ servers });
    await makeStations();
    await this.makeSecrets();
    say('Temporal on PostgreSQL');
    this.address = await startTemporal(this.folder, keep);
    say('two orchestrators, two relays, Prometheus');
    for (const station of [STATIONS.worker1, STATIONS.worker2]) {
      const dir = await this.ownFolder(station.name);
      this.workers.push(this.launch(station, ['worker', '--state-dir', dir, ...METRICS], WORKER_UID));
    }
    const cores = availableParallelism();
    for (const [index, station] of [STATIONS.relay1, STATIONS.relay2].entries()) {
      const dir = this.relayDir(station);
      const words = ['--name', station.name, '--dir', dir, '--state-dir', join(dir, 'state'), '--slots', '5'];
      // Each takes this machine for its own, and as many boots at a time as it sees cores.
      const own = ['taskset', '--cpu-list', String(index % cores)];
      const confined = confinedBy('fleetlift-relay.service');
      this.relays.push(this.launch(station, ['relay', ...words, ...METRICS], 0, [...own, ...confined]));
    }
    this.prometheus = await Prometheus.start(this.folder, this.pages, keep);
  }

  relayDir({ name }: Station): string {
    return join(this.folder, name);
  }

  /** The lab's inventory with two relays, changed as wanted; answers its path. */
  async inventory(name: string, change: (document: Document) => void): Promise<string> {
    const document: Document = parseDocument(await readFile(inventoryFile(DEFAULT_STATE_DIR), 'utf8'));
    document.set('name', name);
    document.setIn(['defaults', 'ssh'], {
      user: 'root',
      identityFile: join(this.folder, 'ssh', 'id_ed25519'),
      knownHosts: join(this.folder, 'ssh', 'known_hosts'),
    });
    document.set(
      'relays',
      [STATIONS.relay1, STATIONS.relay2].map((station) => ({
        name: station.name,
        address: station.address,
        port: 8703,
        dir: this.relayDir(station),
        slots: 5,
      })),
    );
    change(document);
    const file = join(this.folder, `${name}.yaml`);
    await writeFile(file, document.toString());
    return file;
  }

  /** A command of the operator's, on a machine that is neither orchestrator nor relay. */
  async run(...args: string[]): Promise<Outcome> {
    return this.runOn(STATIONS.operator, args, WORKER_UID);
  }

  /** A command on a machine, as that user. */
  async runOn(station: Station, args: readonly string[], uid: number): Promise<Outcome> {
    const dir = await this.ownFolder('operator');
    const [command = '', ...words] = on(station, [FLEETLIFT, '--state-dir', dir, ...args], uid);
    const { exitCode, stdout, stderr } = await execa(command, words, {
      env: this.env(),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      maxBuffer: 256 << 20,
    });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  }

  async migrate(inventory: string): Promise<{ exitCode: number; result: MigrationResult }> {
    const { exitCode, stdout, stderr } = await this.run('migrate', inventory, '--json');
    if (stdout === '') throw new Error(`migrate printed no document (exit ${exitCode}): ${stderr}`);
    return { exitCode, result: JSON.parse(stdout) as MigrationResult };
  }

  /** Ends and removes everything, but for the logs, which go to that folder. */
  async close(logs: string): Promise<void> {
    if (this.relays.length > 0) await this.giveUp();
    for (const program of [...this.workers, ...this.relays, ...this.programs]) await program.end('SIGTERM');
    for (const name of await readdir(this.folder)) {
      if (name.endsWith('.log')) await copyFile(join(this.folder, name), join(logs, name));
    }
    await removeStations();
    await labDown();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Relays that end leave boots and replicas to those that come after them: here none do. */
  private async giveUp(): Promise<void> {
    try {
      await this.run('cancel', '--all');
      await pollUntil(1_000, AbortSignal.timeout(GIVE_UP_MS), async () => {
        const { stdout } = await this.run('status', '--json');
        const { servers = [] } = JSON.parse(stdout || '{}') as Partial<MigrationResult>;
        return servers.every(({ status }) => FINAL_STATUSES.includes(status)) ? true : null;
      });
    } catch (error) {
      console.error('what was open could not be given up:', error);
    }
  }

  private launch(
    station: Station,
    args: readonly string[],
    uid: number,
    before: readonly string[] = [],
  ): Program {
    return Program.start(station.name, on(station, [...before, FLEETLIFT, ...args], uid), {
      env: this.env(),
      log: join(this.folder, `${station.name}.log`),
    });
  }

  /** The settings of deploy/systemd/fleetlift.env. */
  private env(): NodeJS.ProcessEnv {
    return {
      PATH: SYSTEM_PATH,
      HOME: this.folder,
      TEMPORAL_ADDRESS: this.address,
      TEMPORAL_NAMESPACE: 'default',
      FLEETLIFT_PAYLOAD_KEY_FILE: join(this.folder, 'payload.key'),
      FLEETLIFT_PAYLOAD_ENCRYPTION: 'on',
    };
  }

  /** The fleet's key, and the logins of the lab's servers, as only the orchestrators' user can read them. */
  private async makeSecrets(): Promise<void> {
    const ssh = await this.ownFolder('ssh');
    const payloadKey = join(this.folder, 'payload.key');
    await writeFile(payloadKey, randomBytes(32), { mode: 0o600 });
    await chown(payloadKey, WORKER_UID, WORKER_UID);
    for (const file of [identityFile(DEFAULT_STATE_DIR), knownHostsFile(DEFAULT_STATE_DIR)]) {
      const copy = join(ssh, file.slice(file.lastIndexOf('/') + 1));
      await copyFile(file, copy);
      await chown(copy, WORKER_UID, WORKER_UID);
      await chmod(copy, 0o600);
    }
  }

  private async ownFolder(name: string): Promise<string> {
    const dir = join(this.folder, name);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await chown(dir, WORKER_UID, WORKER_UID);
    return dir;
  }
}
