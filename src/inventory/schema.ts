/** The schema of the inventory file: the one source of what is read and of inventory/fleetlift.schema.json. */
import { z } from 'zod';
import {
  bool,
  command,
  diskId,
  duration,
  excludePattern,
  folder,
  host,
  jump,
  list,
  name,
  oneOf,
  optional,
  orchestratorPath,
  port,
  relayFolder,
  section,
  timeOfDay,
  timezone,
  unitName,
  user,
  variableName,
  whole,
} from './fields.js';
import { percentagePattern } from './units.js';

const ratePositive = z
  .number({ error: 'a number of megabits a second above 0' })
  .positive({ error: 'a number of megabits a second above 0' })
  .max(1_000_000, { error: 'a number of megabits a second of at most 1000000' });
const rateMbps = optional(ratePositive).describe('Cap, megabits a second; null: none. Default null');

const failures = 'a count such as 2, or a percentage such as 10%';
const maxFailures = z.union(
  [
    z.number({ error: failures }).int({ error: failures }).min(0, { error: failures }),
    z.string({ error: failures }).regex(percentagePattern, { error: failures }),
  ],
  { error: failures },
);

const ssh = section({
  user: user.optional().describe('Login. Default: ~/.ssh/config, then root'),
  port: port.optional().describe('Default: ~/.ssh/config, then 22'),
  identityFile: orchestratorPath.optional().describe('Private key. Default: ~/.ssh/config, ssh-agent'),
  knownHosts: orchestratorPath.optional().describe('Default: ~/.ssh/config, then ~/.ssh/known_hosts'),
  jump: optional(jump).describe('[user@]host[:port], …; null: none, whatever ~/.ssh/config says'),
  passwordEnv: optional(variableName).describe('Name of the environment variable that holds the password'),
  sudo: bool.optional().describe('Become root by sudo -n. Default false'),
});

const sync = section({
  mode: oneOf('once', 'incremental').optional().describe('incremental: deltas until cutover. Default once'),
  every: duration.optional().describe('Time between two deltas. Default 15m'),
  network: oneOf('direct', 'tunnel').optional().describe('How data reach the relay. Default direct'),
  rateMbps,
  compression: oneOf('auto', 'none', 'zstd', 'zlib').optional().describe('Default auto'),
  excludes: optional(z.record(diskId, optional(list(excludePattern)), { error: 'a map of disks' })).describe(
    'rsync patterns by disk, relative to its mount point',
  ),
  excludesDir: optional(folder).describe('A folder with rsync_excludes_linux*.txt'),
  quiesce: optional(list(unitName)).describe('Services that are stopped for the last delta'),
  afterCutover: oneOf('leave-stopped', 'restart').optional().describe('Default leave-stopped'),
  snapshot: oneOf('auto', 'off').optional().describe('Default auto'),
  seed: oneOf('auto', 'off').optional().describe('Without effect yet. Default auto'),
  luks: oneOf('refuse', 'plain')
    .optional()
    .describe('plain: what is encrypted on the source arrives unencrypted. Default refuse'),
});

const image = section({
  format: oneOf('qcow2', 'raw', 'vpc', 'vmdk').optional().describe('Default qcow2'),
  subformat: oneOf('dynamic', 'fixed').optional().describe('Of vpc (VHD) only. Default dynamic'),
  name: optional(name).describe('Default: the name of the server'),
  disks: optional(
    z.record(diskId, section({ sizeGiB: whole(1, 65_536, ' of GiB') }), { error: 'a map of disks' }),
  ).describe('Sizes of the target disks. Default: as the source'),
});

const verify = section({
  checksum: bool.optional().describe('Compare source and replica by checksum. Default true'),
  boot: optional(list(oneOf('bios', 'uefi'))).describe('Boot the image under each of these. Default [bios]'),
  commands: optional(list(command)).describe('Run in the booted image; exit 0 is a pass'),
  ports: optional(list(port)).describe('TCP ports that must be listened on in the booted image'),
});

const retry = section({
  maximumAttempts: whole(1, 1000).optional().describe('Failures without progress. Default 5'),
  initialInterval: duration.optional().describe('Default 10s'),
});

const settings = {
  ssh: optional(ssh),
  sync: optional(sync),
  image: optional(image),
  verify: optional(verify),
  retry: optional(retry),
  validDays: whole(7, 90, ' of days').optional().describe('Life of a job that does not run. Default 30'),
};

const relay = section({
  name,
  address: optional(host).describe('What sources connect to. Default: our side of the SSH connection'),
  port: port.optional().describe('Default 8703'),
  dir: optional(relayFolder).describe(
    'Default: --dir of the relay; of the embedded one, relay in the state folder',
  ),
  slots: whole(1, 64).optional().describe('Servers at a time. Default 4'),
});

const wave = section({
  name,
  servers: optional(list(name)).describe('Names of servers'),
  tags: optional(list(name)).describe('Takes the servers with one of these tags that no wave names'),
  approval: bool.optional().describe('Waits for: fleetlift approve WAVE. Default false'),
  concurrency: optional(whole(1, 1000)).describe('Servers of this wave at a time'),
  maxFailures: optional(maxFailures).describe('Failures after which nothing new starts'),
  window: optional(section({ from: timeOfDay, to: timeOfDay, timezone })).describe('When servers may start'),
});

const server = section({
  name,
  host,
  tags: optional(list(name)),
  dependsOn: optional(list(name)).describe('Servers that must be finished before this one starts'),
  notWith: optional(list(name)).describe('Servers that must not run at the same time'),
  ...settings,
});

export const inventorySchema = section({
  version: z.literal(1, { error: '1, the only version that this fleetlift reads' }),
  name: name.describe('Name of the migration'),
  defaults: optional(section(settings)).describe('Settings of every server that has none of its own'),
  limits: optional(
    section({ concurrency: whole(1, 1000).optional().describe('Servers at a time. Default 10'), rateMbps }),
  ).describe('Of the whole migration'),
  relays: optional(list(relay)),
  waves: optional(list(wave)).describe('In order. Default: one wave with every server'),
  servers: list(server).min(1, { error: 'a list of at least one server' }),
});

export type RawInventory = z.output<typeof inventorySchema>;
export type RawServer = RawInventory['servers'][number];
export type RawSettings = NonNullable<RawInventory['defaults']>;
export type RawSync = NonNullable<RawSettings['sync']>;
