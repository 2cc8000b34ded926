import type { SourceFacts } from '../../../model/facts.js';
import type { ImageRule } from './ImageRule.js';

const DEBIAN_FILE = '/etc/mdadm/mdadm.conf';
/** Of RHEL and SUSE. RHEL's mdmonitor.service starts where it is there, and fails where there is no array. */
const OTHER_FILE = '/etc/mdadm.conf';

/** Everything is flattened, so that all arrays of the old machine are gone. */
export const mdadm: ImageRule = {
  id: 'mdadm',
  reason: 'arrays became plain partitions: neither an initramfs nor a service is to look for them',
  async apply(tree, { facts }) {
    if (!hadArrays(facts)) return;
    await tree.edit(DEBIAN_FILE, withoutArrays);
    const text = await tree.readText(OTHER_FILE);
    if (text === null || withoutArrays(text) === text) return;
    await tree.save(OTHER_FILE);
    await tree.remove(OTHER_FILE);
  },
};

function hadArrays({ filesystems, swaps }: SourceFacts): boolean {
  return (
    filesystems.some(({ layers }) => layers.some((layer) => /^(raid\d+|linear)$/.test(layer))) ||
    swaps.some(({ path }) => path.startsWith('/dev/md'))
  );
}

/** mdadm.conf(5): a keyword may be cut to three letters, in any case; a line that begins with a blank goes on the last one. */
function withoutArrays(text: string): string {
  return text
    .split(/\n(?![ \t])/)
    .filter((line) => !/^arra?y?(\s|$)/i.test(line))
    .join('\n');
}
