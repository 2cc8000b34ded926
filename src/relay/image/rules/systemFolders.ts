import type { ImageRule } from './ImageRule.js';

/** What a kernel or systemd mounts before the root can be written to (file-hierarchy(7)). */
const FOLDERS: readonly (readonly [path: string, mode: number])[] = [
  ['/dev', 0o755],
  ['/proc', 0o555],
  ['/run', 0o755],
  ['/sys', 0o555],
  ['/tmp', 0o1777],
];

/** They arrive empty; an exclude that names one with a slash at its end leaves out the folder itself. */
export const systemFolders: ImageRule = {
  id: 'system-folders',
  reason: 'without this empty folder the server does not boot; an exclude of the inventory had left it out',
  async apply(tree) {
    for (const [path, mode] of FOLDERS) await tree.makeFolder(path, mode);
  },
};
