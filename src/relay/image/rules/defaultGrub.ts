import { withConsoles, withoutOldDevices } from '../grub/parameters.js';
import { parseAssignments, quoteValue } from '../grub/shellWords.js';
import type { ImageRule } from './ImageRule.js';
import { cardNameParameters } from './network/cardNames.js';
import { resumeParameters } from './resume.js';

const FILE = '/etc/default/grub';

export const defaultGrub: ImageRule = {
  id: 'default-grub',
  reason: 'the next update-grub keeps the serial console and no longer names devices of the old machine',
  async apply(tree, { facts, plan }) {
    const more = [...(await cardNameParameters(tree)), ...(await resumeParameters(tree, facts, plan))];
    await tree.edit(FILE, (text) => rewriteDefaultGrub(text, more));
  },
};

/** Parameters that `/etc/default/grub` gives to the kernel, in the order of grub-mkconfig; the file is not run. */
export function defaultGrubParameters(text: string): string[] {
  const values = lastValues(text);
  const found = ['GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX_DEFAULT'].flatMap((name) =>
    words(values.get(name)?.value ?? ''),
  );
  // A variable of the boot menu that the distribution's own tools write, such as $tuned_params, is unknown in ours.
  return found.filter((word) => !word.startsWith('$'));
}

/**
 * `/etc/default/grub` with the kernel parameters made fit for the image; every other line stays as it is.
 *
 * @param more Parameters that the image needs besides.
 */
export function rewriteDefaultGrub(text: string, more: readonly string[] = []): string {
  const values = lastValues(text);
  const lines = text.split('\n');
  const own = values.get('GRUB_CMDLINE_LINUX');
  const inDefault = values.get('GRUB_CMDLINE_LINUX_DEFAULT');
  const always = withoutOldDevices(words(own?.value ?? ''));
  const defaults = withoutOldDevices(words(inDefault?.value ?? ''));
  const kept = [...always, ...defaults];
  const consoles = withConsoles(kept).filter((word) => word.startsWith('console='));
  const added = [...consoles, ...more].filter((word) => !kept.includes(word));
  const edits = [
    { name: 'GRUB_CMDLINE_LINUX', at: own, value: [...always, ...added].join(' ') },
    { name: 'GRUB_CMDLINE_LINUX_DEFAULT', at: inDefault, value: defaults.join(' ') },
  ];
  for (const { name, at, value } of edits.sort(
    (a, b) => (b.at?.lines[0] ?? Infinity) - (a.at?.lines[0] ?? Infinity),
  )) {
    const line = `${name}=${quoteValue(value)}`;
    if (at !== undefined && words(at.value).join(' ') !== value)
      lines.splice(at.lines[0], at.lines[1] - at.lines[0], line);
    if (at === undefined && value !== '') lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, line);
  }
  return lines.join('\n');
}

function lastValues(text: string): Map<string, ReturnType<typeof parseAssignments>[number]> {
  return new Map(parseAssignments(text).map((assignment) => [assignment.name, assignment]));
}

function words(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}
