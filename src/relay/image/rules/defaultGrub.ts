import { withoutOldMachine } from '../../../plan/commandLine.js';
import { withConsoles } from '../grub/parameters.js';
import { parseAssignments, quoteValue } from '../grub/shellWords.js';
import { placeOf } from '../tree/treeMount.js';
import { readGrubSettings, settingOf, type GrubSettings } from './grubSettings.js';
import type { ImageRule } from './ImageRule.js';
import { cardNameParameters } from './network/cardNames.js';
import { resumeParameters } from './resume.js';

const ALWAYS = 'GRUB_CMDLINE_LINUX';
const BY_DEFAULT = 'GRUB_CMDLINE_LINUX_DEFAULT';
/** Of Ubuntu's images for clouds: the root's partition, by which grub-mkconfig names the root whatever that is now. */
const ROOT_PARTITION = 'GRUB_FORCE_PARTUUID';
/**
 * Of images that kiwi built: SUSE's grub-mkconfig is to name no root, since the settings do (openSUSE's patch
 * grub2-suse-remove-linux-root-param).
 */
const NO_ROOT = 'SUSE_REMOVE_LINUX_ROOT_PARAM';
const MARK = '# Left out by fleetlift, since its partition is not in the image: ';

export const defaultGrub: ImageRule = {
  id: 'default-grub',
  reason: 'the next update-grub keeps the serial console and no longer names devices of the old machine',
  async apply(tree, { facts, plan }) {
    const more = [...(await cardNameParameters(tree)), ...(await resumeParameters(tree, facts, plan))];
    const root = `root=UUID=${placeOf(tree.mounts, '/').mount.uuid}`;
    for (const { path, text } of rewriteGrubSettings(await readGrubSettings(tree), root, more)) {
      await tree.edit(path, () => text);
    }
  },
};

/** Parameters that these settings give to the kernel, in the order of grub-mkconfig. */
export function defaultGrubParameters(settings: readonly GrubSettings[]): string[] {
  const found = [ALWAYS, BY_DEFAULT].flatMap((name) => words(settingOf(settings, name)));
  // A variable of the boot menu that the distribution's own tools write, such as $tuned_params, is unknown in ours.
  return found.filter((word) => !word.startsWith('$'));
}

/**
 * Settings of grub-mkconfig with the kernel parameters made fit for the image; every other line stays as it is.
 *
 * @param root Parameter that names the image's root, for settings that have to.
 * @param more Parameters that the image needs besides.
 */
export function rewriteGrubSettings(
  settings: readonly GrubSettings[],
  root: string,
  more: readonly string[] = [],
): GrubSettings[] {
  const namesRoot = settingOf(settings, NO_ROOT) === 'true';
  const inImage = (value: string): string[] =>
    words(value).flatMap((word) =>
      namesRoot && word.startsWith('root=') ? [root] : withoutOldMachine([word]),
    );
  const kept = [ALWAYS, BY_DEFAULT].flatMap((name) => inImage(settingOf(settings, name)));
  const consoles = withConsoles(kept).filter((word) => word.startsWith('console='));
  const added = [...consoles, ...more].filter((word) => !kept.includes(word));
  // What is added to a value that a later file overrules would be lost.
  const home = settings.findLast(({ text }) => lastValues(text).has(ALWAYS)) ?? settings[0];
  return settings.map((one) => ({ ...one, text: rewriteText(one.text, inImage, one === home ? added : []) }));
}

function rewriteText(text: string, inImage: (value: string) => string[], added: readonly string[]): string {
  const values = lastValues(text);
  const lines = withoutRootPartition(text);
  const edits = [ALWAYS, BY_DEFAULT].map((name) => {
    const at = values.get(name);
    const kept = inImage(at?.value ?? '');
    return { name, at, value: [...kept, ...(name === ALWAYS ? added : [])].join(' ') };
  });
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

/** Its lines with that setting commented out, so that all else stays on the line where it was. */
function withoutRootPartition(text: string): string[] {
  const gone = parseAssignments(text).filter(({ name, value }) => name === ROOT_PARTITION && value !== '');
  return text
    .split('\n')
    .map((line, at) =>
      gone.some(({ lines: [first, end] }) => first <= at && at < end) ? MARK + line : line,
    );
}

function lastValues(text: string): Map<string, ReturnType<typeof parseAssignments>[number]> {
  return new Map(parseAssignments(text).map((assignment) => [assignment.name, assignment]));
}

function words(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}
