import type { ServerTree } from '../tree/ServerTree.js';
import { imageCommandLine } from './commandLines.js';
import type { ImageRule } from './ImageRule.js';

const FOLDER = '/boot/loader/entries';
/** What kernel-install writes into the entry of a kernel that comes later. */
const NEXT_KERNEL = '/etc/kernel/cmdline';

/** The files of the Boot Loader Specification, which the RHEL family's own GRUB makes its menu of. */
export const bootEntries: ImageRule = {
  id: 'boot-entries',
  reason: 'boot entries, also of later kernels, name the new disk by UUID and no devices of the old machine',
  async apply(tree, { facts }) {
    const inImage = await imageCommandLine(tree, facts);
    for (const file of await bootEntryFiles(tree)) {
      await tree.edit(file, (text) => rewriteBootEntry(text, inImage));
    }
    await tree.edit(NEXT_KERNEL, (text) => (text.trim() === '' ? text : `${inImage(text)}\n`));
  },
};

/** Paths of the boot entries; none where the distribution's GRUB has its menu in grub.cfg. */
export async function bootEntryFiles(tree: ServerTree): Promise<string[]> {
  const files: string[] = [];
  for (const name of await tree.list(FOLDER)) {
    if (name.endsWith('.conf') && (await tree.isFile(`${FOLDER}/${name}`))) files.push(`${FOLDER}/${name}`);
  }
  return files;
}

/** A boot entry with other options; where they stand on several lines, they are joined on the first. */
function rewriteBootEntry(text: string, inImage: (line: string) => string): string {
  const lines = text.split('\n');
  const options = lines.map((line) => /^[ \t]*options[ \t]+(.*)$/.exec(line)?.[1]);
  const first = options.findIndex((value) => value !== undefined);
  const joined = options.filter((value) => value !== undefined).join(' ');
  return lines
    .flatMap((line, index) => {
      if (options[index] === undefined) return [line];
      return index === first ? [`options ${inImage(joined)}`] : [];
    })
    .join('\n');
}
