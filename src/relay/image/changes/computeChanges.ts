import { join } from 'node:path';
import type { ImageChange } from '../../../model/job.js';
import type { MountedTree } from '../tree/mountTree.js';
import type { TreeMount } from '../tree/treeMount.js';
import { ASPECTS, describe, type Description } from './describe.js';
import { differingPaths, writeManifest } from './manifest.js';

/** A path whose record changed, with what lies there in the image. */
export interface Candidate {
  readonly filesystem: string;
  readonly path: Buffer;
  readonly after: Description;
}

/** First half, on the replica: lists every filesystem. */
export async function listReplica(tree: MountedTree, folder: string, signal?: AbortSignal): Promise<void> {
  for (const [id, root] of tree.filesystems) await writeManifest(root, join(folder, `${id}.before`), signal);
}

/** Second half, on the changed copy: every path that may differ. */
export async function findCandidates(
  tree: MountedTree,
  folder: string,
  signal?: AbortSignal,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const [filesystem, root] of tree.filesystems) {
    const after = join(folder, `${filesystem}.after`);
    await writeManifest(root, after, signal);
    for (const path of await differingPaths(join(folder, `${filesystem}.before`), after)) {
      candidates.push({ filesystem, path, after: await describe(root, path) });
    }
  }
  return candidates;
}

/** Third part, on the replica again: what of that really differs, and by which rule. */
export async function compareCandidates(
  tree: MountedTree,
  candidates: readonly Candidate[],
  touched: ReadonlyMap<string, string>,
): Promise<ImageChange[]> {
  const changes: ImageChange[] = [];
  for (const { filesystem, path, after } of candidates) {
    const before = await describe(tree.filesystems.get(filesystem) ?? '', path);
    const what = ASPECTS.filter((aspect) => before?.[aspect] !== after?.[aspect]);
    if (what.length === 0) continue;
    const mount = mountOf(tree.mounts, filesystem, path.toString());
    const place = serverPath(mount, path.toString());
    changes.push({
      disk: mount?.disk ?? '',
      path: place,
      change: before === null ? 'added' : after === null ? 'removed' : 'changed',
      what: before === null || after === null ? '' : what.join(', '),
      reason: touched.get(place) ?? '',
    });
  }
  return changes;
}

/** The mount that shows a path of a filesystem in the server's tree: the one whose root is nearest above it. */
function mountOf(mounts: readonly TreeMount[], filesystem: string, path: string): TreeMount | undefined {
  const own = mounts.filter((mount) => mount.filesystem === filesystem);
  const holding = own.filter(
    (mount) => mount.mountRoot === '/' || `/${path}/`.startsWith(`${mount.mountRoot}/`),
  );
  return holding.sort((a, b) => b.mountRoot.length - a.mountRoot.length)[0] ?? own[0];
}

function serverPath(mount: TreeMount | undefined, path: string): string {
  if (mount === undefined) return `/${path}`;
  const inMount = `/${path}`.slice(mount.mountRoot === '/' ? 0 : mount.mountRoot.length);
  const words = `${mount.mountpoint}/${inMount}`.split('/').filter((word) => word !== '');
  return `/${words.join('/')}`;
}
