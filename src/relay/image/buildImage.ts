import { createHash } from 'node:crypto';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageChange, ImageResult, JobRef } from '../../model/job.js';
import { hashFiles } from '../evidence/hashFiles.js';
import { readIfExists, writeAtomically } from '../files.js';
import { diskFile, jobPaths, type JobPaths } from '../paths.js';
import { sideBySide } from '../sideBySide.js';
import type { RelayContext } from '../types.js';
import { bootKernelFile } from './bootKernelFile.js';
import { compareCandidates, findCandidates, listReplica, type Candidate } from './changes/computeChanges.js';
import { convertDisk } from './convert.js';
import { copiesFolder, copyDisks, copyFileOf } from './disks.js';
import { espChanges } from './esp/espChanges.js';
import { hashesBelow } from './esp/fileHashes.js';
import { takeEspFiles } from './esp/takeEspFiles.js';
import { grubFolder } from './grub/grubFolder.js';
import { FIRST_CFG } from './grub/grubCfg.js';
import { installLoaders, type LoaderTarget } from './grub/installLoaders.js';
import { imageFileName } from './imageName.js';
import { withExtraDisks } from '../replica/extraDisks.js';
import { applyRules } from './rules/index.js';
import { takeInitramfs } from './takeInitramfs.js';
import { withMountedTree, type MountTreeOptions } from './tree/mountTree.js';
import { TreeEditor } from './tree/TreeEditor.js';
import type { ImageOptions, ImageOrder, ImageRequest } from './types.js';

export { imageNameTaken } from './imageName.js';

export interface BuiltImages {
  readonly images: ImageResult[];
  /** Everything in which the images differ from the replica, computed from both. */
  readonly changes: ImageChange[];
}

/**
 * Makes bootable images from a job's replica, which it only reads: on a copy the tree is made fit for the new machine,
 * boot loaders for BIOS and UEFI are put in, and the copy is converted. A second call after success answers what the
 * first one made; after a failure or crash it begins anew.
 *
 * @throws FleetliftError E-IMAGE-TREE, E-IMAGE-BOOTLOADER, E-IMAGE-CONVERT, E-RELAY-DISK, E-RELAY-TOOL
 */
export async function buildImage(
  relay: RelayContext,
  job: JobRef,
  request: ImageOrder,
  options: ImageOptions = {},
): Promise<BuiltImages> {
  const paths = jobPaths(relay, job);
  const madeFrom = await fingerprint(paths, request);
  const recorded = await readRecord(paths);
  if (recorded !== null && (madeFrom === null || recorded.madeFrom === madeFrom)) return recorded.built;
  try {
    await mkdir(paths.images, { recursive: true, mode: 0o700 });
    await rm(recordFile(paths), { force: true });
    const copies = await prepareCopies(paths, request, options);
    const built = await makeImages(relay, paths, request, copies, options);
    await writeAtomically(recordFile(paths), JSON.stringify({ madeFrom: madeFrom ?? '', built }, null, 2));
    return built;
  } finally {
    await rm(copiesFolder(paths), { recursive: true, force: true });
  }
}

/** Written last: where it stands, the images beside it are whole. */
function recordFile(paths: JobPaths): string {
  return join(paths.images, 'result.json');
}

async function readRecord(paths: JobPaths): Promise<{ madeFrom: string; built: BuiltImages } | null> {
  const text = await readIfExists(recordFile(paths));
  return text === null ? null : (JSON.parse(text) as { madeFrom: string; built: BuiltImages });
}

/** Tells replica and wishes apart from later ones (another delta, another format); null: the replica is released. */
async function fingerprint(paths: JobPaths, { plan, server }: ImageOrder): Promise<string | null> {
  const hash = createHash('sha256').update(JSON.stringify([plan, server.image]));
  for (const { disk } of withExtraDisks(plan).disks) {
    const stats = await stat(diskFile(paths, disk)).catch(() => null);
    if (stats === null) return null;
    hash.update(` ${stats.size} ${stats.mtimeMs}`);
  }
  return hash.digest('hex');
}

/** What may differ between a prepared copy and the replica. */
interface Differing {
  readonly candidates: readonly Candidate[];
  /** Reason by path of all that a rule touched. */
  readonly touched: ReadonlyMap<string, string>;
  /** What differs in the EFI system partition, which the replica has no files in. */
  readonly esp: readonly ImageChange[];
}

async function prepareCopies(paths: JobPaths, order: ImageOrder, options: ImageOptions): Promise<Differing> {
  const { signal, onProgress } = options;
  const folder = copiesFolder(paths);
  const replica = treeOptions(paths, order, signal, true);
  onProgress?.('copying disks');
  await copyDisks(
    paths,
    order.plan.disks.map(({ disk }) => disk),
    { signal },
  );
  const initramfs = order.plan.boot.buildInitramfs ? join(folder, 'initramfs') : null;
  if (initramfs !== null) await takeInitramfs(replica, initramfs);
  const espFiles = join(folder, 'esp');
  await takeEspFiles(replica, espFiles);
  const request: ImageRequest = { ...order, initramfs };
  onProgress?.('listing files');
  await withMountedTree(replica, (tree) => listReplica(tree, folder, signal));
  onProgress?.('making the copy bootable');
  const { loaders, ...differing } = await withMountedTree(
    treeOptions(paths, request, signal, false),
    async (tree) => {
      const editor = new TreeEditor(tree.mounts);
      await applyRules(editor, request);
      await copyFile((await editor.resolve(request.plan.boot.kernel)).hostPath, bootKernelFile(paths));
      const found: Candidate[] = await findCandidates(tree, folder, signal);
      const grub = await grubFolder(editor);
      const firstCfg = (await editor.isFile(`${grub}/${FIRST_CFG}`)) ? FIRST_CFG : null;
      const loaders: GrubPlace = { grub: await editor.resolve(grub), firstCfg };
      return { loaders, candidates: found, touched: editor.touched };
    },
  );
  return { ...differing, esp: await makeBootable(paths, request, loaders, espFiles, { signal }) };
}

type GrubPlace = Pick<LoaderTarget, 'grub' | 'firstCfg'>;

/** Puts boot loaders on the system disk; answers in what the EFI system partition differs from the source's. */
async function makeBootable(
  paths: JobPaths,
  { plan, facts }: ImageOrder,
  loaders: GrubPlace,
  espFiles: string,
  { signal }: ImageOptions,
): Promise<ImageChange[]> {
  const system = plan.disks.find(({ disk }) => disk === 'system');
  if (system === undefined) return [];
  const before = await hashesBelow(espFiles);
  const file = copyFileOf(paths, system.disk);
  const target = { disk: system, file, ...loaders, work: copiesFolder(paths), facts, espFiles };
  const { files, reason } = await installLoaders(target, { signal, about: 'disk system' });
  const esp = system.partitions.find((partition) => partition.role === 'esp');
  const mountpoint = esp?.mountpoint ?? null;
  if (mountpoint === null || plan.espFileBytes === undefined) return [];
  return espChanges(before, files, { disk: system.disk, mountpoint, reason });
}

/**
 * The copies, unmounted by now, are converted while the replica's files are hashed for the evidence: one waits for the
 * disk where the other computes.
 */
async function makeImages(
  relay: RelayContext,
  paths: JobPaths,
  order: ImageOrder,
  { candidates, touched, esp }: Differing,
  options: ImageOptions,
): Promise<BuiltImages> {
  options.onProgress?.('comparing with the replica');
  return withMountedTree(treeOptions(paths, order, options.signal, true), async (tree) => {
    const changes = await compareCandidates(tree, candidates, touched);
    const [images] = await sideBySide(
      options.signal,
      (signal) => convertCopies(relay, paths, order, { ...options, signal }),
      (signal) => hashFiles(tree.filesystems, paths.evidence, signal),
    );
    return { images, changes: [...changes, ...esp] };
  });
}

async function convertCopies(
  relay: RelayContext,
  paths: JobPaths,
  { plan, server }: ImageOrder,
  { signal, onProgress }: ImageOptions,
): Promise<ImageResult[]> {
  const { format, name } = server.image;
  const total = plan.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  const images: ImageResult[] = [];
  let done = 0;
  for (const { disk, sizeBytes } of plan.disks) {
    onProgress?.(`converting ${disk}`, done, total);
    const path = join(paths.images, imageFileName(name ?? server.name, disk, format));
    const about = `disk ${disk}`;
    const made = await convertDisk(copyFileOf(paths, disk), path, server.image, { signal, about });
    images.push({ disk, relay: relay.name, path, format, virtualBytes: sizeBytes, ...made });
    done += sizeBytes;
    await rm(copyFileOf(paths, disk));
  }
  return images;
}

function treeOptions(
  paths: JobPaths,
  { plan, facts }: ImageOrder,
  signal: AbortSignal | undefined,
  readOnly: boolean,
): MountTreeOptions {
  const fileOf = (disk: string): string => (readOnly ? diskFile(paths, disk) : copyFileOf(paths, disk));
  return { paths, plan, facts, fileOf, readOnly, signal };
}
