/** Logical volumes and their groups, as lvs(8) and vgs(8) tell of them. */
import type { VolumeFacts, VolumeGroupFacts } from '../../model/facts.js';
import { linesOf, type Evidence } from './evidence.js';
import { capped } from './values.js';

const MAX_GROUPS = 1024;
const MAX_VOLUMES = 8192;
/** As lvm(8) allows names; what LVM says besides is no line of these. */
const GROUP = /^ {0,8}([A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,126})\|([A-Za-z-]{6,32})\|(\d{1,15})\|(\d{1,15})$/;
const VOLUME =
  /^ {0,8}([A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,126})\|([A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,126})\|([A-Za-z-]{6,32})$/;
/** The first of lv_attr for volumes that have extents of their own: linear or striped, origin, RAID, mirrored. */
const PLAIN = '-orRmM';
/** For one that lies in a pool. */
const THIN = 'V';

/** Volumes by their names in device-mapper; none where LVM did not tell. */
export function readVolumes(evidence: Evidence): ReadonlyMap<string, VolumeFacts> {
  const lines = capped(linesOf(evidence.output('lvs')), MAX_VOLUMES, 'logical volumes');
  return new Map(
    lines.flatMap((line) => {
      const [, group, name, attributes] = VOLUME.exec(line) ?? [];
      if (group === undefined || name === undefined || attributes === undefined) return [];
      return [[mappedName(group, name), { group, name, kind: kindOf(attributes) }] as const];
    }),
  );
}

/** Reads the answer of vgs to `vg_name,vg_attr,vg_extent_size,vg_free_count`. */
export function parseVolumeGroups(text: string | null): VolumeGroupFacts[] {
  return capped(linesOf(text), MAX_GROUPS, 'volume groups').flatMap((line) => {
    const [, name, attributes, extentBytes, freeExtents] = GROUP.exec(line) ?? [];
    if (name === undefined || attributes === undefined || Number(extentBytes) === 0) return [];
    return [
      {
        name,
        extentBytes: Number(extentBytes),
        freeExtents: Number(freeExtents),
        changeable: isChangeable(attributes),
      },
    ];
  });
}

/** By vg_attr: writeable, not exported, whole, and neither clustered nor shared with other machines. */
function isChangeable(attributes: string): boolean {
  return /^wz--.-/.test(attributes);
}

function kindOf(attributes: string): VolumeFacts['kind'] {
  const type = attributes.charAt(0);
  if (type === THIN) return 'thin';
  return PLAIN.includes(type) ? 'plain' : 'other';
}

/** Device-mapper joins both with a hyphen, and doubles those that stand in them. */
function mappedName(group: string, name: string): string {
  return [group, name].map((part) => part.replaceAll('-', '--')).join('-');
}
