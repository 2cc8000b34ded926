import { grubFolder } from '../grub/grubFolder.js';
import { imageCommandLine } from './commandLines.js';
import type { ImageRule } from './ImageRule.js';

/** grub-core/lib/envblk.c: a block of a fixed size, filled up with `#`, that GRUB writes in place. */
const BLOCK_BYTES = 1024;
/** A backslash takes the meaning from a backslash or an end of line behind it. */
const KERNELOPTS = /^kernelopts=((?:[^\\\n]|\\[^])*)\n/m;

/** Where RHEL 8 keeps the parameters that its boot entries name as `$kernelopts`; with UEFI it lies in the ESP. */
export const grubenv: ImageRule = {
  id: 'grubenv',
  reason: 'the kernel parameters in grubenv name the new disk by UUID and no devices of the old machine',
  async apply(tree, { facts }) {
    const file = `${await grubFolder(tree)}/grubenv`;
    if (!(await tree.isFile(file))) return;
    const inImage = await imageCommandLine(tree, facts);
    await tree.edit(file, (text) => rewriteGrubenv(text, inImage));
  },
};

/**
 * The block with other kernel parameters, of the same size. Where they do not fit they are left out: grub2-mkconfig then
 * takes those of `/etc/default/grub`.
 */
export function rewriteGrubenv(text: string, inImage: (line: string) => string): string {
  if (Buffer.byteLength(text) !== BLOCK_BYTES || !KERNELOPTS.test(text)) return text;
  const settings = text.replace(/#*$/, '');
  const written = settings.replace(
    KERNELOPTS,
    (_, value: string) => `kernelopts=${escapeValue(inImage(unescapeValue(value)))}\n`,
  );
  const fitting = Buffer.byteLength(written) <= BLOCK_BYTES ? written : settings.replace(KERNELOPTS, '');
  return fitting + '#'.repeat(BLOCK_BYTES - Buffer.byteLength(fitting));
}

function unescapeValue(value: string): string {
  return value.replace(/\\([^])/g, '$1');
}

function escapeValue(value: string): string {
  return value.replace(/[\\\n]/g, (character) => `\\${character}`);
}
