import { agentOutputError } from './agentOutput.js';
import { byDeviceName } from './naturalOrder.js';
import { capped, countOf, deviceNameOf, pathOf, wordOf } from './values.js';

const SECTOR_BYTES = 512;
const MAX_DEVICES = 8192;
/** An array of a hundred disks is one layer; a volume group over many of them is another. */
const MAX_STACK = 1024;

/** A block device as `/sys/class/block` shows it. */
export interface BlockDevice {
  /** Name in /sys, e.g. `vda1`, `dm-0`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** The disk a partition lies on; null: not a partition. */
  readonly parent: string | null;
  /** Names of the devices below (LVM, LUKS, RAID, multipath). */
  readonly below: readonly string[];
  readonly dmName: string | null;
  /** Kind of layer this device is by itself, `iscsi` for a disk of another machine; null: a disk or partition. */
  readonly layer: string | null;
  /** Its node in /dev; null: none here (in a container, another machine's disk). */
  readonly node: string | null;
  /** A loop device whose file lies on this machine: it is copied as that file. */
  readonly isFile: boolean;
}

export type BlockDevices = ReadonlyMap<string, BlockDevice>;

/** Reads the agent's table of block devices, one a line. */
export function parseBlockDevices(text: string): BlockDevices {
  // A device without a size has vanished while the table was made.
  const lines = text.split('\n').filter((line) => line !== '' && line.split('|')[2] !== '');
  return new Map(
    capped(lines, MAX_DEVICES, 'block devices').map((line) => {
      const device = parseDevice(line.split('|'));
      return [device.name, device];
    }),
  );
}

export interface Stack {
  /** Kinds of layer from the top. */
  readonly layers: readonly string[];
  /** Names of the disks at the bottom, in natural order. */
  readonly disks: readonly string[];
  /** Every device passed on the way, the top one included. */
  readonly passed: ReadonlySet<string>;
}

/** What lies below a device, down to its disks. @throws E-AGENT-OUTPUT where that is more than any machine has */
export function stackOf(devices: BlockDevices, top: string): Stack {
  const layers = new Set<string>();
  const disks = new Set<string>();
  const passed = new Set<string>();
  const ahead = [top];
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (passed.has(name)) continue;
    passed.add(name);
    if (passed.size > MAX_STACK) throw agentOutputError(`more than ${MAX_STACK} devices lie below ${top}`);
    const device = devices.get(name);
    const layer = device?.layer ?? null;
    if (layer !== null) layers.add(layer);
    const parent = device?.parent ?? null;
    const next = parent === null ? (device?.below ?? []) : [parent];
    if (next.length === 0) disks.add(name);
    // Those on the left are taken first.
    for (const below of [...next].reverse()) ahead.push(below);
  }
  return { layers: [...layers], disks: [...disks].sort(byDeviceName), passed };
}

function parseDevice(fields: readonly string[]): BlockDevice {
  const [name, , sectors, partition, parent, slaves, dmName, dmUuid, mdLevel, node, backing, transport] =
    fields;
  return {
    name: deviceNameOf(name),
    sizeBytes: countOf(sectors, `the size of ${name ?? '?'}`) * SECTOR_BYTES,
    parent: partition === '' || partition === undefined ? null : deviceNameOf(parent),
    below: (slaves ?? '')
      .split(',')
      .filter((slave) => slave !== '')
      .map(deviceNameOf),
    dmName: dmName === '' || dmName === undefined ? null : dmName,
    layer: layerOf(dmUuid ?? '', mdLevel ?? '', transport ?? ''),
    node: node === '' || node === undefined ? null : pathOf(node, `the node of ${name ?? '?'}`),
    isFile: backing === 'file',
  };
}

/** Device-mapper tells by the prefix of the uuid who made a device. Older agents do not tell what iSCSI reaches. */
function layerOf(dmUuid: string, mdLevel: string, transport: string): string | null {
  if (mdLevel !== '') return wordOf(mdLevel, 'the level of an array');
  if (dmUuid === '') return transport === 'iscsi' ? 'iscsi' : null;
  if (/^part\d+-/.test(dmUuid)) return null;
  if (dmUuid.startsWith('LVM-')) return 'lvm';
  if (dmUuid.startsWith('CRYPT-')) return 'luks';
  return dmUuid.startsWith('mpath-') ? 'multipath' : 'device-mapper';
}
