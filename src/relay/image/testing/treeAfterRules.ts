import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { applyRules } from '../rules/index.js';
import { imageRequest, temporaryTree, type TemporaryTree } from './temporaryTree.js';

/** Kernel and initramfs that {@link imageRequest} plans to boot. */
export const KERNEL = {
  'boot/vmlinuz-6.1.0-50-amd64': 'kernel',
  'boot/initrd.img-6.1.0-50-amd64': 'initrd',
};

/** A tree with a kernel, these files and links, to which every rule was applied. */
export async function treeAfterRules(
  files: Readonly<Record<string, string>>,
  request = imageRequest(),
  links: Readonly<Record<string, string>> = {},
): Promise<TemporaryTree> {
  const made = await temporaryTree({ ...KERNEL, ...files });
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(made.root, path)), { recursive: true });
    await symlink(target, join(made.root, path));
  }
  await applyRules(made.editor, request);
  return made;
}
