import type { FilesystemFacts } from '../../../../model/facts.js';
import { imageOptions } from '../../../../plan/fstabEntries.js';
import { fstabKind, namesDevice } from '../../../../plan/fstabKinds.js';
import { decodeField, encodeField, type FstabLine } from '../../../../plan/fstabLines.js';
import { findFilesystem } from '../../../../plan/fstabSpecs.js';
import type { ImageRequest } from '../../types.js';
import type { ImageRule } from '../ImageRule.js';
import { isMadeHere } from './madeHere.js';
import { ownUnits, removeUnit, settingOf, UNIT_FOLDER, withoutDevices, withSetting } from './unitFile.js';

/**
 * What is done to a line of fstab is done to a unit that says the same (systemd.mount(5)): its filesystem is named by UUID,
 * and what mounts a disk that is not in the image goes, since a boot would wait for it, and end in a shell.
 */
export const mountUnits: ImageRule = {
  id: 'mount-units',
  reason:
    'units of mounts outrank fstab: they name filesystems by UUID, and those of disks that are not in the image are kept in /etc/fleetlift/saved',
  async apply(tree, request) {
    for (const name of await ownUnits(tree, '.mount')) {
      const path = `${UNIT_FOLDER}/${name}`;
      const line = asFstabLine((await tree.readText(path)) ?? '');
      if (line === null || fstabKind(line) !== 'device' || !namesDevice(line.spec)) continue;
      const filesystem = findFilesystem(line, inImage(request));
      if (filesystem !== null) {
        await tree.edit(path, (text) => rewrite(text, line, filesystem));
      } else if (!isMadeHere(line.spec)) {
        await removeUnit(tree, name);
        // It would have nothing to mount.
        await removeUnit(tree, name.replace(/mount$/, 'automount'));
      }
    }
  },
};

/** The line of fstab that says what a unit says; null: it does not say enough to be used. */
function asFstabLine(text: string): FstabLine | null {
  const [what, where] = [settingOf(text, 'What'), settingOf(text, 'Where')];
  if (what === null || where === null) return null;
  return {
    spec: encodeField(what),
    file: encodeField(where.replace(/(?<=.)\/+$/, '')),
    type: settingOf(text, 'Type') ?? 'auto',
    options: (settingOf(text, 'Options') ?? 'defaults').split(','),
    dump: 0,
    pass: 0,
  };
}

/** The filesystems that are partitions of the image, by the UUIDs that they have there: an EFI system partition has another. */
function inImage({ facts, plan }: ImageRequest): FilesystemFacts[] {
  const partitions = plan.disks.flatMap((disk) => disk.partitions);
  return facts.filesystems.flatMap((one) => {
    const made = partitions.find((partition) => {
      if (partition.role === 'filesystem') return partition.filesystem === one.id;
      return (
        partition.role === 'esp' && one.mounts.some((mount) => mount.mountpoint === partition.mountpoint)
      );
    });
    return made === undefined || made.role === 'bios-boot' ? [] : [{ ...one, uuid: made.uuid }];
  });
}

function rewrite(text: string, line: FstabLine, filesystem: FilesystemFacts): string {
  const { uuid } = filesystem;
  const isNamed = line.spec.toLowerCase() === `uuid=${uuid}`.toLowerCase();
  const named = isNamed ? text : withSetting(text, 'Mount', 'What', `/dev/disk/by-uuid/${uuid}`);
  const options = imageOptions(line, filesystem).map(decodeField).join(',');
  const isSame = options === line.options.join(',');
  return withoutDevices(
    isSame ? named : withSetting(named, 'Mount', 'Options', options === '' ? 'defaults' : options),
  );
}
