import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseFacts } from '../../../agent/facts/parseFacts.js';
import { answerOf, TIMING } from '../../../agent/facts/testing.js';
import type { SourceFacts } from '../../../model/facts.js';
import type { ReplicaPlan } from '../../../model/plan.js';
import { planReplica } from '../../../plan/planReplica.js';
import { server } from '../../../plan/testing/facts.js';
import { applyRules } from '../rules/index.js';
import { treeMountsOf } from '../tree/mountTree.js';
import { TreeEditor } from '../tree/TreeEditor.js';
import { placeOf, type TreeMount } from '../tree/treeMount.js';

/** A server of one distribution: what its agent sees, and the files of its tree that matter to an image. */
export interface Layout {
  /** Files that the agent reads and that are in the tree as well, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Files of /proc and /sys that the agent reads. */
  readonly kernel: Readonly<Record<string, string>>;
  /** What the agent's commands print, by name, besides what every server of these prints. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Further files of the tree. */
  readonly tree: Readonly<Record<string, string>>;
  /** Links of the tree: target by path. */
  readonly links?: Readonly<Record<string, string>>;
}

/** A layout whose tree went through every rule of the image step. */
export interface LaidOut {
  /** To be removed at the end. */
  readonly folder: string;
  readonly facts: SourceFacts;
  readonly plan: ReplicaPlan;
  readonly tree: TreeEditor;
}

/**
 * Takes a layout as a migration does through facts and plan, then its tree, in folders in place of filesystems, through
 * every rule. Kernel and initramfs that the plan names are there.
 */
export async function layOut(layout: Layout): Promise<LaidOut> {
  const facts = parseFacts(evidenceOf(layout), TIMING);
  const plan = planReplica(facts, server());
  const folder = await mkdtemp(join(tmpdir(), 'fleetlift-layout-'));
  const mounts = await makeMounts(folder, facts, plan);
  const { kernel, initrd, buildInitramfs } = plan.boot;
  const files = {
    ...layout.files,
    ...layout.tree,
    [kernel]: 'kernel',
    [initrd ?? kernel]: 'as on the server',
  };
  for (const [path, text] of Object.entries(files)) await writeFile(await placed(mounts, path), text);
  for (const [path, target] of Object.entries(layout.links ?? {}))
    await symlink(target, await placed(mounts, path));
  const initramfs = buildInitramfs ? join(folder, 'initramfs') : null;
  if (initramfs !== null) await writeFile(initramfs, 'with virtio');
  for (const name of EVERYWHERE) await mkdir(await placed(mounts, name), { recursive: true });
  const tree = new TreeEditor(mounts);
  await applyRules(tree, { facts, plan, server: server(), initramfs });
  return { folder, facts, plan, tree };
}

/** Empty folders that every distribution has. */
const EVERYWHERE = ['/dev', '/proc', '/run', '/sys', '/tmp'];

/** What the rules touched, sorted, without the copies of what was there before. */
export function changedPaths({ tree }: LaidOut): string[] {
  return [...tree.touched.keys()].filter((path) => !`${path}/`.startsWith('/etc/fleetlift/')).sort();
}

/** What the plan mounts, a line each: what, where, and with which options. */
export function plannedMounts({ plan }: Pick<LaidOut, 'plan'>): string[] {
  return plan.fstab.map(({ spec, file, options }) => `${spec} ${file} ${options}`);
}

/** What `stat -f` says of a filesystem of that size. */
export function space(gib: number, usedGib: number): string {
  const blocks = (size: number): number => Math.round(size * 262_144);
  const free = blocks(gib - usedGib);
  return `4096 ${blocks(gib)} ${free} ${free} 1000000 900000\n`;
}

/** What `blkid -p -o export` says of a filesystem, a swap or another thing with a UUID. */
export function signature(type: string, uuid: string): string {
  return `UUID=${uuid}\nTYPE=${type}\n`;
}

/** GRUB's environment block with these lines. */
export function environmentBlock(...lines: string[]): string {
  return ['# GRUB Environment Block', ...lines, ''].join('\n').padEnd(1024, '#');
}

function evidenceOf({ files, kernel, outputs }: Layout): string {
  const commands = Object.entries({ ...COMMON, ...outputs }).map(
    ([name, out]) => [name, { exit: 0, out }] as const,
  );
  return answerOf({ files: { ...MEMORY, ...files, ...kernel }, commands: Object.fromEntries(commands) });
}

const MEMORY = { '/proc/meminfo': 'MemTotal:        2014520 kB\n' };
const COMMON = {
  uid: '0\n',
  machine: 'x86_64\n',
  hostname: 'web1\n',
  'date-start': '1795475400.250000000\n',
  'date-end': '1795475401.250000000\n',
  'statfs agent': space(10, 1),
  'system-state': 'running\n',
};

async function makeMounts(folder: string, facts: SourceFacts, plan: ReplicaPlan): Promise<TreeMount[]> {
  const mounts: TreeMount[] = [];
  for (const { disk, partitions } of plan.disks) {
    for (const partition of partitions) {
      if (partition.role !== 'filesystem') continue;
      const hostRoot = join(folder, partition.filesystem);
      const known = facts.filesystems.find(({ id }) => id === partition.filesystem)?.mounts ?? [];
      for (const { root } of known) await mkdir(join(hostRoot, root), { recursive: true });
      mounts.push(...(await treeMountsOf(disk, partition, hostRoot, facts)));
    }
  }
  return mounts;
}

/** Where a path of the tree lies on this machine; the folders above it are made. */
async function placed(mounts: readonly TreeMount[], path: string): Promise<string> {
  const { hostPath } = placeOf(mounts, path);
  await mkdir(dirname(hostPath), { recursive: true });
  return hostPath;
}
