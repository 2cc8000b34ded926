import type { SourceFacts } from '../../../model/facts.js';
import type { ReplicaPlan } from '../../../model/plan.js';
import { isVolumeSwap } from '../../../plan/initramfsLack.js';
import { findSwap } from '../../../plan/fstabSpecs.js';
import { parseAssignments, type Assignment } from '../grub/shellWords.js';
import type { ServerTree } from '../tree/ServerTree.js';
import type { TreeEditor } from '../tree/TreeEditor.js';
import type { ImageRule } from './ImageRule.js';

const FOLDER = '/etc/initramfs-tools';

/** Where initramfs-tools of Debian and Ubuntu are told the swap that a hibernated machine wakes up from. */
export const resume: ImageRule = {
  id: 'resume',
  reason: 'an initramfs waits half a minute for the swap that it is told, and that has another name now',
  async apply(tree, { facts, plan }) {
    for (const file of await settingsFiles(tree)) {
      await tree.edit(file, (text) => rewriteResume(text, (device) => inImage(device, facts, plan)));
    }
  },
};

/**
 * Kernel parameters that tell the same to an initramfs which was made on the old machine, and which they overrule; none
 * where what it was told is still true. initramfs-tools that is told nothing takes the largest swap, by its UUID or, where
 * that is a volume, by a name that is gone (its hook `resume`).
 */
export async function resumeParameters(
  tree: TreeEditor,
  facts: SourceFacts,
  plan: ReplicaPlan,
): Promise<string[]> {
  const files = await settingsFiles(tree);
  const values: string[] = [];
  let isChanged = false;
  for (const file of files) {
    const { path } = await tree.resolve(file);
    isChanged ||= tree.touched.get(path) === resume.reason;
    values.push(...assignments((await tree.readText(file)) ?? '').map(({ value }) => value));
  }
  const value = values.at(-1) ?? '';
  if (value !== '' && value !== 'auto') return isChanged ? parameters(value) : [];
  const [largest] = facts.swaps
    .filter(({ kind }) => kind === 'partition')
    .sort((a, b) => b.sizeBytes - a.sizeBytes);
  if (files.length === 0 || largest === undefined || !isVolumeSwap(largest)) return [];
  return parameters(inImage(largest.path, facts, plan));
}

function parameters(value: string): string[] {
  if (value === 'none') return ['noresume'];
  return value.startsWith('UUID=') ? [`resume=${value}`] : [];
}

/** initramfs.conf(5): files in `conf.d` overrule the one beside it. */
async function settingsFiles(tree: ServerTree): Promise<string[]> {
  const names = ['initramfs.conf', ...(await tree.list(`${FOLDER}/conf.d`)).map((name) => `conf.d/${name}`)];
  const files: string[] = [];
  for (const name of names) if (await tree.isFile(`${FOLDER}/${name}`)) files.push(`${FOLDER}/${name}`);
  return files;
}

function rewriteResume(text: string, change: (device: string) => string): string {
  const lines = text.split('\n');
  for (const { value, lines: taken } of assignments(text).reverse()) {
    if (value === '' || value === 'none' || value === 'auto') continue;
    const changed = change(value);
    if (changed !== value) lines.splice(taken[0], taken[1] - taken[0], `RESUME=${changed}`);
  }
  return lines.join('\n');
}

function assignments(text: string): Assignment[] {
  return parseAssignments(text).filter(({ name }) => name === 'RESUME');
}

/** The same swap by the UUID that it keeps; `none` where it is not one of the replica's partitions. */
function inImage(device: string, facts: SourceFacts, { disks }: ReplicaPlan): string {
  const uuid = findSwap(device, facts)?.uuid ?? '';
  const planned = disks
    .flatMap(({ partitions }) => partitions)
    .some((one) => one.role === 'swap' && one.uuid !== '' && one.uuid === uuid);
  return planned ? `UUID=${uuid}` : 'none';
}
