import type {
  Fleet,
  FleetServer,
  Relay,
  ServerOverrides,
  ServerSettings,
  SyncSettings,
  Wave,
} from '../model/fleet.js';
import type { ExcludeRules } from './checks/excludes.js';
import { FleetliftError } from '../errors/FleetliftError.js';
import { DEFAULT_WAVE } from './checks/waves.js';
import { excludeRule } from './excludeRules.js';
import type { RawInventory, RawServer, RawSettings, RawSync } from './schema.js';
import { countOf, durationMs } from './units.js';

export const BUILT_IN: ServerSettings = {
  ssh: {},
  sync: {
    mode: 'once',
    everyMs: durationMs('15m'),
    network: 'direct',
    rateMbps: null,
    compression: 'auto',
    excludes: {},
    quiesce: [],
    afterCutover: 'leave-stopped',
    snapshot: 'auto',
    seed: 'auto',
  },
  image: { format: 'qcow2', name: null, disks: {} },
  verify: { checksum: true, boot: ['bios'], commands: [], ports: [] },
  retry: { maximumAttempts: 5, initialIntervalMs: durationMs('10s') },
  validDays: 30,
};

const DEFAULT_RELAY: Relay = { name: 'local', address: null, port: 8703, dir: null, slots: 4 };
const DEFAULT_CONCURRENCY = 10;

/**
 * Makes the fleet of an inventory that has passed every check.
 *
 * @param waveServers names of the servers of each wave, in the order of the waves
 * @param folders rules by disk of each folder that a `sync.excludesDir` names
 */
export function buildFleet(
  raw: RawInventory,
  waveServers: readonly (readonly string[])[],
  folders: ReadonlyMap<string, ExcludeRules>,
): Fleet {
  const own = overridesOf(raw.defaults ?? {}, {}, folders);
  const relays = (raw.relays ?? []).map(relayOf);
  return {
    name: raw.name,
    defaults: {
      ssh: { ...own.ssh },
      sync: { ...BUILT_IN.sync, ...own.sync },
      image: { ...BUILT_IN.image, ...own.image },
      verify: { ...BUILT_IN.verify, ...own.verify },
      retry: { ...BUILT_IN.retry, ...own.retry },
      validDays: own.validDays ?? BUILT_IN.validDays,
    },
    limits: {
      concurrency: raw.limits?.concurrency ?? DEFAULT_CONCURRENCY,
      rateMbps: raw.limits?.rateMbps ?? null,
    },
    relays: relays.length === 0 ? [DEFAULT_RELAY] : relays,
    waves: wavesOf(raw, waveServers),
    servers: raw.servers.map((server) => serverOf(server, raw.defaults?.sync ?? {}, folders)),
  };
}

function serverOf(
  raw: RawServer,
  inherited: RawSync,
  folders: ReadonlyMap<string, ExcludeRules>,
): FleetServer {
  return {
    name: raw.name,
    host: raw.host,
    tags: raw.tags ?? [],
    dependsOn: raw.dependsOn ?? [],
    notWith: raw.notWith ?? [],
    overrides: overridesOf(raw, inherited, folders),
  };
}

function relayOf(raw: NonNullable<RawInventory['relays']>[number]): Relay {
  return {
    name: raw.name,
    address: raw.address ?? DEFAULT_RELAY.address,
    port: raw.port ?? DEFAULT_RELAY.port,
    dir: raw.dir?.replace(/\/+/g, '/').replace(/\/$/, '') ?? DEFAULT_RELAY.dir,
    slots: raw.slots ?? DEFAULT_RELAY.slots,
  };
}

function wavesOf(raw: RawInventory, waveServers: readonly (readonly string[])[]): Wave[] {
  const waves = (raw.waves ?? []).length > 0 ? (raw.waves ?? []) : [{ name: DEFAULT_WAVE }];
  return waves.map((wave: NonNullable<RawInventory['waves']>[number], index) => {
    const servers = waveServers[index] ?? [];
    return {
      name: wave.name,
      servers,
      approval: wave.approval ?? false,
      concurrency: wave.concurrency ?? null,
      maxFailures: wave.maxFailures == null ? null : countOf(wave.maxFailures, servers.length),
      window: wave.window ?? null,
    };
  });
}

/** The fields that are written, and no others. */
function overridesOf(
  raw: RawSettings,
  inherited: RawSync,
  folders: ReadonlyMap<string, ExcludeRules>,
): ServerOverrides {
  const { ssh, sync, image, verify, retry, validDays } = raw;
  return written({
    ssh: ssh == null ? undefined : written(ssh),
    sync: sync == null ? undefined : syncOf(sync, inherited, folders),
    image:
      image == null
        ? undefined
        : written({ format: image.format, name: image.name, disks: image.disks ?? undefined }),
    verify:
      verify == null
        ? undefined
        : written({
            checksum: verify.checksum,
            boot: verify.boot == null ? undefined : [...new Set(verify.boot)],
            commands: verify.commands ?? undefined,
            ports: verify.ports == null ? undefined : [...new Set(verify.ports)],
          }),
    retry:
      retry == null
        ? undefined
        : written({
            maximumAttempts: retry.maximumAttempts,
            initialIntervalMs:
              retry.initialInterval === undefined ? undefined : durationMs(retry.initialInterval),
          }),
    validDays,
  });
}

function syncOf(
  { every, excludes, excludesDir, quiesce, ...same }: RawSync,
  inherited: RawSync,
  folders: ReadonlyMap<string, ExcludeRules>,
): Partial<SyncSettings> {
  const inline = excludes === undefined ? inherited.excludes : excludes;
  const folder = excludesDir === undefined ? inherited.excludesDir : excludesDir;
  const own = excludes !== undefined || excludesDir !== undefined;
  return written({
    ...same,
    everyMs: every === undefined ? undefined : durationMs(every),
    quiesce: quiesce ?? undefined,
    excludes: own ? mergedExcludes(inline ?? {}, folders.get(folder ?? '') ?? {}) : undefined,
  });
}

type Written<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function written<T extends object>(fields: T): Written<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Written<T>;
}

/** Inline patterns first: rsync takes the first rule that matches. */
function mergedExcludes(inline: NonNullable<RawSync['excludes']>, folder: ExcludeRules): ExcludeRules {
  const disks = [...new Set([...Object.keys(inline), ...Object.keys(folder)])];
  const rules = disks.map((disk): [string, string[]] => [
    disk,
    [...(inline[disk] ?? []).map(ruleText), ...(folder[disk] ?? [])],
  ]);
  return Object.fromEntries(rules.filter(([, patterns]) => patterns.length > 0));
}

function ruleText(pattern: string): string {
  const result = excludeRule(pattern);
  if ('fault' in result) throw new FleetliftError('E-INTERNAL', { message: `unchecked pattern: ${pattern}` });
  return result.rule;
}
