import { existsSync } from 'node:fs';
import { FleetliftError } from '../errors/FleetliftError.js';
import type { StateLayout } from '../state/layout.js';
import type { TemporalClient, TemporalSettings } from '../temporal/connect.js';
import type { GlobalOptions } from './globals.js';
import type { Output } from './output.js';
import { usageError } from './usageError.js';

/** A command's connection to Temporal: made when first asked for, closed at the command's end. */
export class Session {
  private current: TemporalClient | null = null;

  constructor(
    private readonly globals: GlobalOptions,
    private readonly layout: StateLayout,
    private readonly output: Output,
  ) {}

  /**
   * Connects, starting the embedded service where no other Temporal is configured and it does not run.
   *
   * @throws E-TEMPORAL, E-SERVICE, E-STATE-DIR
   */
  async connect(): Promise<TemporalClient> {
    if (this.current !== null) return this.current;
    const { connectClient } = await import('../temporal/connect.js');
    this.current = await connectClient({
      address: this.globals.address,
      namespace: this.globals.namespace,
      embedded: () => this.ensureEmbedded(),
    });
    return this.current;
  }

  /** As {@link connect}, but null where only the embedded service is left and it does not run. */
  async connectIfRunning(): Promise<TemporalClient | null> {
    if (this.current !== null) return this.current;
    const [{ connectClient, isTemporalConfigured }, { readEndpoint }] = await Promise.all([
      import('../temporal/connect.js'),
      import('../service/records.js'),
    ]);
    const endpoint = readEndpoint(this.layout);
    if (endpoint === null && !isTemporalConfigured(this.globals.address)) return null;
    this.current = await connectClient({
      address: this.globals.address,
      namespace: this.globals.namespace,
      embedded: () => (endpoint === null ? this.ensureEmbedded() : Promise.resolve(this.withKey(endpoint))),
    });
    return this.current;
  }

  /**
   * As {@link connect}, for commands that only look at what is there: a look starts nothing that goes on by itself.
   *
   * @throws E-SERVICE where the embedded service does not run, E-USAGE where it has never run.
   */
  async connectRunning(): Promise<TemporalClient> {
    const connected = await this.connectIfRunning();
    if (connected !== null) return connected;
    this.requireMigrations();
    throw new FleetliftError('E-SERVICE', {
      message: 'the embedded service does not run, and only it can tell',
      remedy: 'fleetlift up (what was open goes on then)',
    });
  }

  /**
   * As {@link connect}, for commands to what is there already: where nothing is, no service is started to say so.
   *
   * @throws E-USAGE where the embedded service has never run.
   */
  async connectExisting(): Promise<TemporalClient> {
    const connected = await this.connectIfRunning();
    if (connected !== null) return connected;
    this.requireMigrations();
    return this.connect();
  }

  /** Address and namespace without a connection, for a worker that makes its own. */
  async settings(): Promise<TemporalSettings> {
    const { temporalSettings } = await import('../temporal/connect.js');
    return temporalSettings({
      address: this.globals.address,
      namespace: this.globals.namespace,
      embedded: () => this.ensureEmbedded(),
    });
  }

  /** Connects anew, for a command that outlives a restart of Temporal or of the embedded service. */
  async reconnect(): Promise<TemporalClient> {
    await this.close();
    return this.connect();
  }

  async close(): Promise<void> {
    const connected = this.current;
    this.current = null;
    await connected?.close();
  }

  private requireMigrations(): void {
    if (existsSync(this.layout.temporalDb)) return;
    throw usageError('there is no migration here yet', 'fleetlift migrate INVENTORY');
  }

  private async ensureEmbedded(): Promise<TemporalSettings & { uiUrl: string }> {
    const [{ ensureService }, { projectVersion }] = await Promise.all([
      import('../service/ensure.js'),
      import('../service/projectDir.js'),
    ]);
    const endpoint = await ensureService(this.layout, () =>
      this.output.note('starting the embedded service …'),
    );
    if (endpoint.version !== projectVersion()) {
      this.output.note(
        `the embedded service is of version ${endpoint.version}, this is ${projectVersion()}. Renew it with: fleetlift down && fleetlift up`,
      );
    }
    return this.withKey(endpoint);
  }

  private withKey<T>(endpoint: T): T & { payloadKeyFile: string } {
    return { ...endpoint, payloadKeyFile: this.layout.payloadKeyFile };
  }
}
