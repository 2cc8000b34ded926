import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SourceFacts } from '../../../model/facts.js';
import type { ReplicaPlan } from '../../../model/plan.js';
import { TreeEditor } from '../tree/TreeEditor.js';
import type { TreeMount } from '../tree/treeMount.js';
import type { ImageRequest } from '../types.js';

export interface TemporaryTree {
  /** Holds the tree, and beside it what must never be touched. */
  readonly folder: string;
  readonly root: string;
  readonly editor: TreeEditor;
}

/** A server's tree in a folder of its own, which goes with the test; further mounts lie beside its root. */
export async function temporaryTree(
  files: Readonly<Record<string, string>>,
  mountpoints: readonly string[] = [],
): Promise<TemporaryTree> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetlift-tree-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const mounts = ['/', ...mountpoints].map((mountpoint, index) => mountOf(folder, mountpoint, index));
  for (const mount of mounts) await mkdir(mount.hostRoot, { recursive: true });
  const root = join(folder, 'fs0');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return { folder, root, editor: new TreeEditor(mounts) };
}

function mountOf(folder: string, mountpoint: string, index: number): TreeMount {
  return {
    mountpoint,
    filesystem: `fs${index}`,
    disk: 'system',
    uuid: `0000000${index}-0000-4000-8000-000000000000`,
    type: 'ext4',
    mountRoot: '/',
    hostRoot: join(folder, `fs${index}`),
  };
}

/** A request whose facts and plan hold what the rules read. */
export function imageRequest(plan: Partial<ReplicaPlan> = {}, facts: object = {}): ImageRequest {
  const boot = {
    kernelRelease: '6.1.0-50-amd64',
    kernel: '/boot/vmlinuz-6.1.0-50-amd64',
    initrd: '/boot/initrd.img-6.1.0-50-amd64',
    buildInitramfs: false,
    parameters: ['quiet', 'mitigations=off'],
  };
  return {
    facts: {
      os: { prettyName: "Debian GNU/Linux 12 'bookworm'" },
      boot: { runningKernel: boot.kernelRelease },
      identity: { hostname: 'web1', machineId: '0123456789abcdef0123456789abcdef' },
      filesystems: [],
      swaps: [],
      ...facts,
    } as unknown as SourceFacts,
    plan: { version: 1, disks: [], fstab: [], swapFiles: [], boot, remarks: [], expectedBytes: 0, ...plan },
    server: {
      name: 'web1',
      image: { format: 'qcow2', name: null, disks: {} },
    } as unknown as ImageRequest['server'],
    initramfs: null,
  };
}
