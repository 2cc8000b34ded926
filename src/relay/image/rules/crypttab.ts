import type { ImageRule } from './ImageRule.js';

const FILE = '/etc/crypttab';

/** Without it a boot waits for every volume, and then calls it a failed unit. */
export const crypttab: ImageRule = {
  id: 'crypttab',
  reason: 'encrypted volumes have become plain partitions, for which nothing is to be unlocked',
  async apply(tree) {
    const text = await tree.readText(FILE);
    if (text === null) return;
    const rewritten = withoutVolumes(text);
    if (rewritten === text) return;
    await tree.save(FILE);
    await tree.write(FILE, rewritten);
  },
};

/** A crypttab whose lines for devices are comments; containers in files, and what is opened by hand, stay. */
function withoutVolumes(text: string): string {
  return text
    .split('\n')
    .map((line) => (isVolume(line) ? `# fleetlift: ${line}` : line))
    .join('\n');
}

/** Fields as crypttab(5) has them: name, device, key file, options. */
function isVolume(line: string): boolean {
  const [name = '', device = '', , options = ''] = line.trim().split(/\s+/);
  if (name.startsWith('#') || options.split(',').includes('noauto')) return false;
  return /^(\/dev\/|(PART)?(UUID|LABEL)=)/.test(device);
}
