import type { VolumeFacts } from '../../model/facts.js';
import { parseBlkid, type Signature } from './blkid.js';
import { parseBlockDevices, type BlockDevices } from './blockDevices.js';
import { agentOutputError } from './agentOutput.js';
import { linesOf, type Evidence } from './evidence.js';
import { parseMountinfo, type MountRow } from './mountinfo.js';
import { readVolumes } from './volumes.js';
import { deviceNameOf } from './values.js';

/** A mount on a block device. */
export interface BlockMount extends MountRow {
  /** Name of the device in /sys. */
  readonly block: string;
  /** Whether the mount's source is a node in /dev (`/dev/root` is none). */
  readonly sourceIsNode: boolean;
}

/** What the agent saw of block devices and mounts, before it is put together. */
export interface Storage {
  readonly devices: BlockDevices;
  /** By name of the device in /sys. */
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly mounts: readonly MountRow[];
  readonly blockMounts: readonly BlockMount[];
  /** Logical volumes by their names in device-mapper. */
  readonly volumes: ReadonlyMap<string, VolumeFacts>;
}

/** Reads block devices and mounts. */
export function readStorage(evidence: Evidence): Storage {
  const mountinfo = evidence.file('/proc/self/mountinfo');
  if (mountinfo === null) throw agentOutputError('/proc/self/mountinfo is missing');
  const mounts = parseMountinfo(mountinfo);
  const places = placesOf(evidence.output('mounts'));
  const devices = parseBlockDevices(evidence.output('blocks') ?? '');
  const signatures = new Map(
    [...evidence.outputs('blkid')].map(([name, text]) => [name, parseBlkid(text)] as const),
  );
  const blockMounts = mounts.flatMap((mount) => {
    const place = places.get(mount.id);
    // What lies in a file of this machine is copied as that file.
    if (place === undefined || devices.get(place.block)?.isFile === true) return [];
    return [{ ...mount, ...place }];
  });
  return { devices, signatures, mounts, blockMounts, volumes: readVolumes(evidence) };
}

function placesOf(text: string | null): ReadonlyMap<string, Pick<BlockMount, 'block' | 'sourceIsNode'>> {
  return new Map(
    linesOf(text).map((line) => {
      const [id = '', block, state] = line.split(' ');
      return [id, { block: deviceNameOf(block), sourceIsNode: state === 'node' }];
    }),
  );
}
