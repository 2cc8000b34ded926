import { parseAssignments } from '../grub/shellWords.js';
import type { ServerTree } from '../tree/ServerTree.js';

const FILE = '/etc/default/grub';
const DROP_INS = '/etc/default/grub.d';

/** A file of settings that grub-mkconfig sources. */
export interface GrubSettings {
  readonly path: string;
  readonly text: string;
}

/**
 * The files that grub-mkconfig sources, in its order. Debian's and Ubuntu's sources drop-ins as well, which overrule the
 * file: images for clouds have most of their settings there.
 */
export async function readGrubSettings(tree: ServerTree): Promise<GrubSettings[]> {
  const dropIns = (await tree.list(DROP_INS)).filter((name) => /^[^.].*\.cfg$/.test(name));
  const settings: GrubSettings[] = [];
  for (const path of [FILE, ...dropIns.map((name) => `${DROP_INS}/${name}`)]) {
    const text = (await tree.isFile(path)) ? await tree.readText(path) : null;
    if (text !== null) settings.push({ path, text });
  }
  return settings;
}

/** Value that a variable has in the end; the files are not run. Empty where none sets it. */
export function settingOf(settings: readonly GrubSettings[], name: string): string {
  const assignments = settings.flatMap(({ text }) => parseAssignments(text));
  return assignments.filter((one) => one.name === name).at(-1)?.value ?? '';
}
