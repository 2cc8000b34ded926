import type { ServerTree } from '../tree/ServerTree.js';
import type { ImageRule } from './ImageRule.js';

const FILE = '/etc/crypttab';
const MARK = '# Left out by fleetlift, since its device is not in the image: ';

/** An encrypted volume arrives as a plain filesystem or not at all; only a container in a file is still there. */
export const crypttab: ImageRule = {
  id: 'crypttab',
  reason: 'encrypted volumes are not carried over as such, and a boot would wait for their devices',
  async apply(tree) {
    const lines = ((await tree.readText(FILE)) ?? '').split('\n');
    const gone = new Set<string>();
    for (const line of lines) if (await namesLostDevice(tree, line)) gone.add(line);
    await tree.edit(FILE, () => lines.map((line) => (gone.has(line) ? `${MARK}${line}` : line)).join('\n'));
  },
};

/**
 * crypttab(5): name, device, key, options. A device is a path, or UUID=, LABEL=, PARTUUID=, PARTLABEL=. What is opened by
 * hand (`noauto`) is waited for by nobody.
 */
async function namesLostDevice(tree: ServerTree, line: string): Promise<boolean> {
  const [name = '', device, , options = ''] = line.trim().split(/\s+/);
  if (name === '' || name.startsWith('#') || device === undefined) return false;
  if (options.split(',').includes('noauto')) return false;
  return !device.startsWith('/') || device.startsWith('/dev/') || !(await tree.isFile(device));
}
