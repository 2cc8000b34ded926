/**
 * The checked inventory, as it travels through Temporal.
 *
 * Defaults stand in it once and every server carries only its own fields, since a thousand fully resolved
 * servers would reach Temporal's 2 MB limit for one payload; {@link resolveServer} puts them together.
 * Nothing in here is a secret: only paths and names of environment variables.
 */

/** Values of the inventory only; what is absent is looked up in `~/.ssh/config`, then built in. */
export interface SshSettings {
  readonly user?: string;
  readonly port?: number;
  /** Path on the orchestrator, `~` not yet expanded. */
  readonly identityFile?: string;
  /** Path on the orchestrator, `~` not yet expanded. */
  readonly knownHosts?: string;
  /** `user@host:port` of a jump host, several separated by commas; null switches one of `~/.ssh/config` off. */
  readonly jump?: string | null;
  /** Name of the environment variable of the orchestrator that holds the password. */
  readonly passwordEnv?: string | null;
  readonly sudo?: boolean;
}

export type Compression = 'auto' | 'none' | 'zstd' | 'zlib';

export interface SyncSettings {
  readonly mode: 'once' | 'incremental';
  readonly everyMs: number;
  readonly network: 'direct' | 'tunnel';
  /** Cap of wire bytes, megabits a second averaged over 30 s; null: none. */
  readonly rateMbps: number | null;
  readonly compression: Compression;
  /** rsync filter patterns by disk (`system`, `disk1` …), relative to each filesystem's mount point on that disk. */
  readonly excludes: Readonly<Record<string, readonly string[]>>;
  readonly quiesce: readonly string[];
  readonly afterCutover: 'leave-stopped' | 'restart';
  readonly snapshot: 'auto' | 'off';
  readonly seed: 'auto' | 'off';
  /** Whether the content of encrypted filesystems may arrive unencrypted; absent: `refuse`. */
  readonly luks?: 'refuse' | 'plain';
}

export type ImageFormat = 'qcow2' | 'raw' | 'vpc' | 'vmdk';

/** How the file of a VHD is laid out: `dynamic` grows with its content, `fixed` is as long as the disk. */
export type VhdSubformat = 'dynamic' | 'fixed';

export interface ImageSettings {
  readonly format: ImageFormat;
  /** Of `vpc` alone, the other formats have none; absent: `dynamic`. */
  readonly subformat?: VhdSubformat;
  /** Name of the image; null: the server's name. */
  readonly name: string | null;
  readonly disks: Readonly<Record<string, { readonly sizeGiB: number }>>;
}

export type Firmware = 'bios' | 'uefi';

export interface VerifySettings {
  readonly checksum: boolean;
  readonly boot: readonly Firmware[];
  /** Commands of the operator, run in the booted image with the server's own login; exit 0 is a pass. */
  readonly commands: readonly string[];
  /** TCP ports that must be listened on in the booted image. */
  readonly ports: readonly number[];
}

export interface RetrySettings {
  /** Failures without progress before a job waits in error. */
  readonly maximumAttempts: number;
  readonly initialIntervalMs: number;
}

export interface ServerSettings {
  readonly ssh: SshSettings;
  readonly sync: SyncSettings;
  readonly image: ImageSettings;
  readonly verify: VerifySettings;
  readonly retry: RetrySettings;
  readonly validDays: number;
}

/** A server's own fields: one level of {@link ServerSettings} with every field optional. */
export type ServerOverrides = {
  readonly [K in keyof ServerSettings]?: ServerSettings[K] extends object
    ? Partial<ServerSettings[K]>
    : ServerSettings[K];
};

export interface FleetServer {
  readonly name: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly dependsOn: readonly string[];
  readonly notWith: readonly string[];
  readonly overrides: ServerOverrides;
}

export interface Relay {
  readonly name: string;
  /** Address that sources reach; null: the address that the SSH connection to the source comes from. */
  readonly address: string | null;
  readonly port: number;
  /** Folder on the relay; null: the relay's own, of `--dir`, or `relay` in the state folder. */
  readonly dir: string | null;
  /** Servers that one relay serves at a time. */
  readonly slots: number;
}

export interface WaveWindow {
  readonly from: string;
  readonly to: string;
  readonly timezone: string;
}

export interface Wave {
  readonly name: string;
  /** Names of its servers in the order of the file; tags are already resolved. */
  readonly servers: readonly string[];
  readonly approval: boolean;
  readonly concurrency: number | null;
  /** Failures after which nothing new starts; a percentage is already rounded down to a count. */
  readonly maxFailures: number | null;
  readonly window: WaveWindow | null;
}

export interface Fleet {
  readonly name: string;
  readonly defaults: ServerSettings;
  readonly limits: { readonly concurrency: number; readonly rateMbps: number | null };
  readonly relays: readonly Relay[];
  readonly waves: readonly Wave[];
  readonly servers: readonly FleetServer[];
}

/** A server with every setting resolved. */
export interface Server extends ServerSettings {
  readonly name: string;
  readonly host: string;
  readonly tags: readonly string[];
}

/** Puts the defaults and a server's own fields together, field by field. */
export function resolveServer(defaults: ServerSettings, own: FleetServer): Server {
  const { overrides } = own;
  return {
    name: own.name,
    host: own.host,
    tags: own.tags,
    ssh: { ...defaults.ssh, ...overrides.ssh },
    sync: { ...defaults.sync, ...overrides.sync },
    image: { ...defaults.image, ...overrides.image },
    verify: { ...defaults.verify, ...overrides.verify },
    retry: { ...defaults.retry, ...overrides.retry },
    validDays: overrides.validDays ?? defaults.validDays,
  };
}
