import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { FleetliftError } from '../errors/FleetliftError.js';
import { dataConverter, type PayloadSettings } from './dataConverter.js';
import { notReachable } from './notReachable.js';

type Configuration = ReturnType<typeof loadClientConnectConfig>;

/** TLS, API key and headers of a connection; none of it is for a log. */
export type ConnectionSecurity = Pick<Configuration['connectionOptions'], 'tls' | 'apiKey' | 'metadata'>;

/** How to reach a Temporal. */
export interface TemporalSettings extends PayloadSettings {
  readonly address: string;
  readonly namespace: string;
  /** Absent: a connection in the clear. */
  readonly security?: ConnectionSecurity;
}

export interface ConnectOptions {
  /** `--address`. */
  readonly address?: string | undefined;
  /** `--namespace`. */
  readonly namespace?: string | undefined;
  /** The embedded Temporal, started where it does not run; asked only where nothing else is configured. */
  readonly embedded: () => Promise<TemporalSettings & { readonly uiUrl: string }>;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds until a Temporal that does not answer is given up; default 10,000. */
  readonly timeoutMs?: number;
}

export interface TemporalClient {
  readonly client: Client;
  readonly address: string;
  readonly namespace: string;
  /** null: a Temporal that is not ours. */
  readonly uiUrl: string | null;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects by flags, else by TEMPORAL_* and temporal.toml, else to the embedded Temporal.
 *
 * @throws E-TEMPORAL, E-PAYLOAD-KEY, and what `embedded` throws.
 */
export async function connectClient(options: ConnectOptions): Promise<TemporalClient> {
  const { security, ...settings } = await resolve(options);
  const connection = await connect({
    ...security,
    address: settings.address,
    connectTimeout: options.timeoutMs ?? CONNECT_TIMEOUT_MS,
  });
  return {
    ...settings,
    client: new Client({
      connection,
      namespace: settings.namespace,
      dataConverter: dataConverter(settings, 'client'),
    }),
    close: () => connection.close(),
  };
}

/** What {@link connectClient} would use. */
export async function temporalSettings(options: ConnectOptions): Promise<TemporalSettings> {
  const { uiUrl: _, ...settings } = await resolve(options);
  return settings;
}

/** Whether a flag, the environment or temporal.toml names a Temporal. */
export function isTemporalConfigured(address: string | undefined, env = process.env): boolean {
  return (address ?? readConfiguration(env).connectionOptions.address) !== undefined;
}

async function resolve(options: ConnectOptions): Promise<TemporalSettings & { uiUrl: string | null }> {
  const env = options.env ?? process.env;
  const { connectionOptions, namespace } = readConfiguration(env);
  const { address: configured, ...secured } = connectionOptions;
  const set = Object.entries<unknown>(secured).filter(([, value]) => value !== undefined);
  const security: ConnectionSecurity = Object.fromEntries(set);
  const address = options.address ?? configured;
  if (address !== undefined) {
    return {
      address,
      namespace: options.namespace ?? namespace ?? 'default',
      ...payloadSettings(env),
      uiUrl: null,
      ...(Object.keys(security).length > 0 ? { security } : {}),
    };
  }
  const embedded = await options.embedded();
  return {
    address: embedded.address,
    namespace: options.namespace ?? embedded.namespace,
    payloadKeyFile: embedded.payloadKeyFile,
    uiUrl: embedded.uiUrl,
  };
}

/** @throws E-USAGE where encryption is wanted and there is no key, or is neither on nor off */
function payloadSettings(env: NodeJS.ProcessEnv): PayloadSettings {
  const payloadKeyFile = env['FLEETLIFT_PAYLOAD_KEY_FILE'] || null;
  const wish = env['FLEETLIFT_PAYLOAD_ENCRYPTION'] || 'off';
  if (wish !== 'on' && wish !== 'off') {
    throw new FleetliftError('E-USAGE', {
      message: `FLEETLIFT_PAYLOAD_ENCRYPTION is "${wish}", and can be on or off`,
      remedy: 'see docs/security.md',
    });
  }
  if (wish === 'on' && payloadKeyFile === null) {
    throw new FleetliftError('E-USAGE', {
      message: 'FLEETLIFT_PAYLOAD_ENCRYPTION is on, and there is no key to encrypt with',
      remedy: 'name it in FLEETLIFT_PAYLOAD_KEY_FILE (docs/security.md)',
    });
  }
  return { payloadKeyFile, ...(wish === 'on' ? { encryptPayloads: true } : {}) };
}

function readConfiguration(env: NodeJS.ProcessEnv): Configuration {
  // An empty variable means: not set.
  const named = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  try {
    return loadClientConnectConfig({ overrideEnvVars: named });
  } catch (error) {
    throw new FleetliftError('E-TEMPORAL', {
      message: `the settings of Temporal cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'check temporal.toml and the TEMPORAL_* variables',
      cause: error,
    });
  }
}

async function connect(
  options: NonNullable<Parameters<typeof Connection.connect>[0]> & { address: string },
): Promise<Connection> {
  try {
    return await Connection.connect(options);
  } catch (error) {
    throw notReachable(options.address, error);
  }
}
