import type { ServerTree } from '../../tree/ServerTree.js';
import type { TreeEditor } from '../../tree/TreeEditor.js';

/** Where an administrator's own units lie; they outrank what systemd makes of fstab (systemd.unit(5)). */
export const UNIT_FOLDER = '/etc/systemd/system';

/** Dependencies that may name the unit of a device, e.g. `dev-sdb1.device`. */
const DEPENDENCIES = 'Requires|Requisite|Wants|BindsTo|PartOf|After';

/** Names of an administrator's units of a kind, e.g. `.mount`. A link masks a unit, or leads to one that is kept elsewhere. */
export async function ownUnits(tree: ServerTree, kind: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await tree.list(UNIT_FOLDER)) {
    if (name.endsWith(kind) && (await isOwn(tree, name))) names.push(name);
  }
  return names;
}

/** Takes a unit out of the tree, and the links by which something starts it; the unit is kept as all that is replaced. */
export async function removeUnit(tree: TreeEditor, name: string): Promise<void> {
  if (!(await isOwn(tree, name))) return;
  await tree.save(`${UNIT_FOLDER}/${name}`);
  await tree.remove(`${UNIT_FOLDER}/${name}`);
  for (const folder of await tree.list(UNIT_FOLDER)) {
    if (!/\.(wants|requires)$/.test(folder)) continue;
    const links = await tree.list(`${UNIT_FOLDER}/${folder}`);
    if (links.includes(name)) await tree.remove(`${UNIT_FOLDER}/${folder}/${name}`);
  }
}

/** The value of a setting, of which the last one counts (systemd.syntax(7)); null: it has none. */
export function settingOf(text: string, name: string): string | null {
  const [, value] = [...text.matchAll(assignmentsOf(name))].at(-1) ?? [];
  return value === undefined || value === '' ? null : value;
}

/** The text with another value of a setting, which stands first in its section where it was not given. */
export function withSetting(text: string, section: string, name: string, value: string): string {
  // Functions, since a replacement text may not have every character.
  if (assignmentsOf(name).test(text)) return text.replace(assignmentsOf(name), () => `${name}=${value}`);
  const header = new RegExp(`^\\[${section}\\].*$`, 'm');
  return text.replace(header, (line) => `${line}\n${name}=${value}`);
}

/** The text without dependencies on units of devices: systemd adds that on the unit's own device by itself. */
export function withoutDevices(text: string): string {
  return text.replace(
    new RegExp(`^(${DEPENDENCIES})[ \\t]*=(.+)\\n`, 'gm'),
    (line, name: string, value: string) => {
      const words = value.trim().split(/\s+/);
      const kept = words.filter((word) => !word.endsWith('.device'));
      if (kept.length === words.length) return line;
      return kept.length === 0 ? '' : `${name}=${kept.join(' ')}\n`;
    },
  );
}

function assignmentsOf(name: string): RegExp {
  return new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*(.*?)[ \\t]*$`, 'gm');
}

async function isOwn(tree: ServerTree, name: string): Promise<boolean> {
  const path = `${UNIT_FOLDER}/${name}`;
  return (await tree.isFile(path)) && (await tree.readLink(path)) === null;
}
