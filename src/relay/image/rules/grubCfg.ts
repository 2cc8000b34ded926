import { FleetliftError } from '../../../errors/FleetliftError.js';
import { FIRST_CFG, formatFirstCfg, formatGrubCfg } from '../grub/grubCfg.js';
import { builtInitramfsPath } from '../grub/bootFiles.js';
import { grubFolder } from '../grub/grubFolder.js';
import { imageParameters } from '../grub/parameters.js';
import { rootParameters } from '../grub/rootParameters.js';
import type { ServerTree } from '../tree/ServerTree.js';
import { requireFile } from '../tree/ServerTree.js';
import type { TreeEditor } from '../tree/TreeEditor.js';
import type { TreePlace } from '../tree/treeMount.js';
import type { ImageRequest } from '../types.js';
import { bootEntryFiles } from './bootEntries.js';
import { defaultGrubParameters } from './defaultGrub.js';
import { readGrubSettings } from './grubSettings.js';
import type { ImageRule } from './ImageRule.js';
import { cardNameParameters } from './network/cardNames.js';
import { resumeParameters } from './resume.js';

/**
 * A plain grub.cfg, also for the RHEL family: its boot entries need commands that only its own GRUB has. So does what its
 * `grub2-mkconfig` may write later, before which our GRUB reads a file of its own.
 */
export const grubCfg: ImageRule = {
  id: 'grub-cfg',
  reason: 'the boot menu names the new disk by UUID and talks on screen and serial line',
  async apply(tree, request) {
    const { facts, plan } = request;
    const initrd = request.initramfs === null ? plan.boot.initrd : builtInitramfsPath(plan.boot);
    const kernel = await bootFile(tree, plan.boot.kernel);
    const cfg = {
      title: `${facts.os.prettyName}, Linux ${plan.boot.kernelRelease}`,
      bootUuid: kernel.mount.uuid,
      kernel: kernel.pathInFilesystem,
      initrd: initrd === null ? null : (await bootFileOn(tree, initrd, kernel)).pathInFilesystem,
      parameters: await parametersOf(tree, request),
    };
    const folder = await grubFolder(tree);
    await tree.save(`${folder}/grub.cfg`);
    await tree.write(`${folder}/grub.cfg`, formatGrubCfg(cfg), 0o600);
    if ((await bootEntryFiles(tree)).length === 0) return;
    const { pathInFilesystem } = await tree.resolve(folder);
    await tree.write(`${folder}/${FIRST_CFG}`, formatFirstCfg(cfg, pathInFilesystem), 0o600);
  },
};

async function bootFile(tree: ServerTree, path: string): Promise<TreePlace> {
  const place = await tree.resolve(path);
  requireFile(path, place);
  return place;
}

async function bootFileOn(tree: ServerTree, path: string, kernel: TreePlace): Promise<TreePlace> {
  const place = await bootFile(tree, path);
  if (place.mount.uuid === kernel.mount.uuid) return place;
  throw new FleetliftError('E-IMAGE-TREE', {
    message: `${path} lies on another filesystem than the kernel, so the boot menu cannot name both`,
  });
}

/** The running kernel's command line says nothing about a kernel that is not the one to boot. */
async function parametersOf(tree: TreeEditor, { facts, plan }: ImageRequest): Promise<string[]> {
  const running = facts.boot.runningKernel === plan.boot.kernelRelease ? plan.boot.parameters : [];
  const kept = imageParameters(
    running,
    defaultGrubParameters(await readGrubSettings(tree)),
    await cardNameParameters(tree),
  );
  return [
    ...rootParameters(tree.mounts, facts, kept),
    ...kept,
    ...(await resumeParameters(tree, facts, plan)),
  ];
}
