import type { ServerTree } from '../tree/ServerTree.js';
import type { ImageRule } from './ImageRule.js';

/** Where open-iscsi keeps its records of targets: in the first place by Debian, Ubuntu and SUSE, in the second by RHEL. */
const FOLDERS = ['/etc/iscsi/nodes', '/var/lib/iscsi/nodes'];
/** A record is a file that has the name of a target's portal or, below that, of an interface. */
const DEPTH = 3;

/**
 * A record's startup is told for its session or for its first connection, and iscsiadm's `--loginall` looks at both
 * (match_startup_mode of open-iscsi). What iscsid.conf says is only for targets that are discovered anew.
 */
const STARTUP = /^([ \t]*node\.(?:conn\[\d+\]\.)?startup[ \t]*=[ \t]*)(?:automatic|onboot)[ \t]*$/gm;

export const iscsi: ImageRule = {
  id: 'iscsi',
  reason:
    'the image logs in to no target by itself: what was mounted from one is a disk of the image with the same UUID',
  async apply(tree) {
    for (const folder of FOLDERS) {
      for (const file of await filesBelow(tree, folder, DEPTH)) {
        await tree.edit(file, (text) => text.replace(STARTUP, '$1manual'));
      }
    }
  },
};

async function filesBelow(tree: ServerTree, folder: string, depth: number): Promise<string[]> {
  const files: string[] = [];
  for (const name of await tree.list(folder)) {
    const path = `${folder}/${name}`;
    if (await tree.isFile(path)) files.push(path);
    else if (depth > 1) files.push(...(await filesBelow(tree, path, depth - 1)));
  }
  return files;
}
