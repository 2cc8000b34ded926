import { encodeField } from '../../../../plan/fstabLines.js';
import { namesDevice } from '../../../../plan/fstabKinds.js';
import { findSwap } from '../../../../plan/fstabSpecs.js';
import type { ImageRequest } from '../../types.js';
import type { ImageRule } from '../ImageRule.js';
import { isMadeHere } from './madeHere.js';
import { ownUnits, removeUnit, settingOf, UNIT_FOLDER, withoutDevices, withSetting } from './unitFile.js';

/**
 * A unit of a swap has the name of its device (systemd.swap(5)), so it gets another with the UUID. The links that started it
 * go: fstab of the image names every swap, and what systemd makes of that starts a unit of the same name.
 */
export const swapUnits: ImageRule = {
  id: 'swap-units',
  reason:
    'units of swaps outrank fstab: they name partitions by UUID, and those of devices that are not in the image are kept in /etc/fleetlift/saved',
  async apply(tree, request) {
    for (const name of await ownUnits(tree, '.swap')) {
      const text = (await tree.readText(`${UNIT_FOLDER}/${name}`)) ?? '';
      const what = settingOf(text, 'What');
      if (what === null || !namesDevice(what) || isMadeHere(what)) continue;
      const uuid = uuidInImage(what, request);
      const device = uuid === null ? null : `/dev/disk/by-uuid/${uuid}`;
      if (device === what) continue;
      await removeUnit(tree, name);
      if (device === null) continue;
      const changed = withoutDevices(withSetting(text, 'Swap', 'What', device));
      await tree.write(`${UNIT_FOLDER}/${unitNameOf(device)}.swap`, changed);
    }
  },
};

/** UUID of the swap partition that a device is in the image; null: it is none. */
function uuidInImage(device: string, { facts, plan }: ImageRequest): string | null {
  const uuid = findSwap(encodeField(device), facts)?.uuid ?? '';
  const partitions = plan.disks.flatMap((disk) => disk.partitions);
  return uuid !== '' && partitions.some((one) => one.role === 'swap' && one.uuid === uuid) ? uuid : null;
}

/** systemd.unit(5), “String Escaping for Inclusion in Unit Names”. */
function unitNameOf(path: string): string {
  const escaped = path
    .slice(1)
    .replace(/[^A-Za-z0-9:_./]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return escaped.replaceAll('/', '-');
}
