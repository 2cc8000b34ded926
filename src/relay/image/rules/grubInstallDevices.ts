import type { ImageRule } from './ImageRule.js';

const FILE = '/var/cache/debconf/config.dat';
const DEVICES = 'grub-pc/install_devices';
const NONE_IS_MEANT = 'grub-pc/install_devices_empty';

/**
 * The disks that grub-pc of Debian and Ubuntu installs GRUB on, as debconf remembers them by names of the old machine. An
 * update of the package fails where one of them is gone, and where none is named unless that is meant (its postinst).
 */
export const grubInstallDevices: ImageRule = {
  id: 'grub-install-devices',
  reason: 'an update of grub-pc does not look for disks of the old machine',
  async apply(tree) {
    if (await tree.isFile(FILE)) await tree.edit(FILE, withoutInstallDevices);
  },
};

/**
 * debconf's answers with no disk named, and that meant; as they are where grub-pc never asked. A question is a paragraph
 * of lines, in the order of Debconf::Format::822: name, fields such as the value, owners, flags, variables.
 */
function withoutInstallDevices(text: string): string {
  const questions = text.replace(/\n+$/, '').split(/\n{2,}/);
  const devices = questions.find((one) => isNamed(one, DEVICES));
  if (devices === undefined) return text;
  const known = questions.find((one) => isNamed(one, NONE_IS_MEANT));
  const meant = asSeen(withValue(known ?? newQuestion(NONE_IS_MEANT, devices), 'true'));
  const changed = questions.flatMap((one) => {
    if (one === devices) return [withValue(one, ''), ...(known === undefined ? [meant] : [])];
    return [one === known ? meant : one];
  });
  return `${changed.join('\n\n')}\n\n`;
}

function isNamed(question: string, name: string): boolean {
  return question.startsWith(`Name: ${name}\n`);
}

/** A question of the same package. */
function newQuestion(name: string, like: string): string {
  const owners = like.split('\n').filter((line) => line.startsWith('Owners:'));
  return [`Name: ${name}`, `Template: ${name}`, ...owners].join('\n');
}

function withValue(question: string, value: string): string {
  return withLine(question, 'Value', value, /^(Owners|Flags|Variables):/);
}

/** Answered, so that it is not asked again. */
function asSeen(question: string): string {
  const flags = /^Flags: (.*)$/m.exec(question)?.[1]?.split(', ') ?? [];
  if (flags.includes('seen')) return question;
  return withLine(question, 'Flags', [...flags, 'seen'].join(', '), /^Variables:/);
}

/** With a line in place of the one with that key, or else before those that have to follow. */
function withLine(question: string, key: string, value: string, following: RegExp): string {
  const lines = question.split('\n');
  const own = lines.findIndex((line) => line.startsWith(`${key}:`));
  const next = lines.findIndex((line) => following.test(line));
  const at = own !== -1 ? own : next !== -1 ? next : lines.length;
  lines.splice(at, own === -1 ? 0 : 1, `${key}: ${value}`);
  return lines.join('\n');
}
