import type { SourceFacts } from '../../model/facts.js';
import { readBoot } from './boot.js';
import { clockSkewMs, timezoneOf, type Timing } from './clock.js';
import { placeOnDisks } from './disks.js';
import { linesOf, readEvidence, type Evidence } from './evidence.js';
import { assembleFilesystem } from './filesystems.js';
import { groupMounts } from './mountGroups.js';
import { hardwareAddresses } from './links.js';
import { readNetwork } from './network.js';
import { parseOsRelease } from './osRelease.js';
import { readServices } from './services.js';
import { skippedMounts } from './skippedMounts.js';
import { parseSpace } from './space.js';
import { readStorage } from './storage.js';
import { readSwaps } from './swaps.js';
import { installedTools, readTools } from './tools.js';
import { findUnmounted } from './unmounted.js';
import { countOf, readable } from './values.js';
import { parseVolumeGroups } from './volumes.js';

/**
 * What the agent's `facts` answered, understood. The source is not trusted: sizes are finite and not negative, paths
 * of devices absolute and clean, lists of a sane length.
 * @throws FleetliftError E-AGENT-OUTPUT where it is not what an agent says, or not what a sane machine has
 */
export function parseFacts(raw: string, timing: Timing): SourceFacts {
  const evidence = readEvidence(raw);
  return {
    protocol: 1,
    identity: {
      hostname: readable(textOf(evidence, 'hostname'), 64),
      machineId: machineIdOf(evidence),
      hardwareAddresses: hardwareAddresses(evidence),
    },
    os: parseOsRelease(evidence.file('/etc/os-release') ?? evidence.file('/usr/lib/os-release') ?? ''),
    architecture: readable(textOf(evidence, 'machine'), 32),
    memoryBytes: memoryBytes(evidence),
    boot: readBoot(evidence),
    clockSkewMs: clockSkewMs(evidence, timing),
    timezone: timezoneOf(evidence),
    ...storageFacts(evidence),
    fstab: evidence.file('/etc/fstab') ?? '',
    tools: readTools(evidence),
    services: readServices(evidence),
    network: readNetwork(evidence),
    selinux: selinuxOf(evidence),
    ...immutableFiles(evidence),
    cloudInit: installedTools(evidence).has('cloud-init'),
    agentFreeBytes: parseSpace(evidence.output('statfs agent') ?? '', '/var/lib').availableBytes,
    root: userId(evidence) === 0,
  };
}

type StorageFacts = Pick<
  SourceFacts,
  'disks' | 'filesystems' | 'swaps' | 'unmounted' | 'skippedMounts' | 'volumeGroups'
>;

function storageFacts(evidence: Evidence): StorageFacts {
  const storage = readStorage(evidence);
  const groups = groupMounts(storage);
  const filesystems = groups.map((group) => assembleFilesystem(evidence, storage, group));
  const swaps = readSwaps(evidence, storage, groups);
  const used = [...filesystems, ...swaps].map(({ block }) => block);
  const volumeGroups = parseVolumeGroups(evidence.output('vgs'));
  return {
    ...placeOnDisks(storage, filesystems, swaps),
    unmounted: findUnmounted(storage, used),
    skippedMounts: skippedMounts(storage, groups),
    ...(volumeGroups.length > 0 ? { volumeGroups } : {}),
  };
}

/** The first thing that every agent can tell: where it is no number, what encodes or prints there is broken. */
function userId(evidence: Evidence): number {
  return countOf(textOf(evidence, 'uid'), 'the user id');
}

function machineIdOf(evidence: Evidence): string | null {
  const id = (evidence.file('/etc/machine-id') ?? '').trim();
  return /^[0-9a-f]{32}$/.test(id) ? id : null;
}

function memoryBytes(evidence: Evidence): number {
  const kibibytes = /^MemTotal:\s+(\d+) kB$/m.exec(evidence.file('/proc/meminfo') ?? '')?.[1];
  return countOf(kibibytes, 'the size of memory') * 1024;
}

function selinuxOf(evidence: Evidence): SourceFacts['selinux'] {
  const enforce = evidence.file('/sys/fs/selinux/enforce')?.trim();
  const said = textOf(evidence, 'getenforce').toLowerCase();
  if (enforce === '1' || said === 'enforcing') return 'enforcing';
  return enforce === '0' || said === 'permissive' ? 'permissive' : 'disabled';
}

function immutableFiles(evidence: Evidence): Pick<SourceFacts, 'immutable'> {
  const files = linesOf(evidence.output('immutable'))
    .filter((line) => line.startsWith('/'))
    .slice(0, 100)
    .map((line) => readable(line, 4096));
  return files.length > 0 ? { immutable: files } : {};
}

function textOf(evidence: Evidence, command: string): string {
  return (evidence.output(command) ?? '').trim();
}
