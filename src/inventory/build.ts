import type { Fleet, FleetServer, Relay, ServerSettings, Wave } from '../model/fleet.js';
import type { ExcludeRules } from './checks/excludes.js';
import { DEFAULT_WAVE } from './checks/waves.js';
import { ifGiven, overridesOf } from './overrides.js';
import type { RawInventory, RawServer, RawSync } from './schema.js';
import { countOf, durationMs } from './units.js';

const BUILT_IN: ServerSettings = {
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
  const written: NonNullable<RawInventory['waves']> = raw.waves ?? [];
  const waves = written.length > 0 ? written : [{ name: DEFAULT_WAVE }];
  return waves.map((wave: (typeof written)[number], index) => {
    const servers = waveServers[index] ?? [];
    return {
      name: wave.name,
      servers,
      approval: wave.approval ?? false,
      concurrency: wave.concurrency ?? null,
      maxFailures: ifGiven(wave.maxFailures, (amount) => countOf(amount, servers.length)) ?? null,
      window: wave.window ?? null,
    };
  });
}
