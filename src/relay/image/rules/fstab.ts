import type { FstabEntry } from '../../../model/plan.js';
import type { ImageRule } from './ImageRule.js';

export const fstab: ImageRule = {
  id: 'fstab',
  reason: 'filesystems are mounted by UUID, since device names differ on the target',
  async apply(tree, { plan }) {
    await tree.save('/etc/fstab');
    await tree.write('/etc/fstab', formatFstab(plan.fstab));
  },
};

/** The text of an fstab; blanks inside a field are written as fstab(5) wants them. */
export function formatFstab(entries: readonly FstabEntry[]): string {
  const lines = entries.map((entry) =>
    [entry.spec, entry.file, entry.type, entry.options, entry.dump, entry.pass]
      .map((field) => escapeField(String(field)))
      .join('\t'),
  );
  return [
    '# Written by fleetlift; the former one is kept as /etc/fleetlift/saved/etc/fstab.',
    ...lines,
    '',
  ].join('\n');
}

function escapeField(field: string): string {
  return field.replace(/[ \t\n]/g, (blank) => `\\${blank.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
