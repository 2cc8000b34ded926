import type { TreeEditor } from '../tree/TreeEditor.js';
import type { ImageRequest } from '../types.js';
import { bootEntries } from './bootEntries.js';
import { cloudInit } from './cloudInit.js';
import { crypttab } from './crypttab.js';
import { defaultGrub } from './defaultGrub.js';
import { fstab } from './fstab.js';
import { grubCfg } from './grubCfg.js';
import { grubenv } from './grubenv.js';
import { grubInstallDevices } from './grubInstallDevices.js';
import { hardwareClock } from './hardwareClock.js';
import type { ImageRule } from './ImageRule.js';
import { initramfs } from './initramfs.js';
import { iscsi } from './iscsi.js';
import { mdadm } from './mdadm.js';
import { ifcfg } from './network/ifcfg.js';
import { ifupdown } from './network/ifupdown.js';
import { netplan } from './network/netplan.js';
import { networkManager } from './network/networkManager.js';
import { networkd } from './network/networkd.js';
import { wicked } from './network/wicked.js';
import { persistentNet } from './persistentNet.js';
import { resume } from './resume.js';
import { swapFiles } from './swapFiles.js';
import { systemFolders } from './systemFolders.js';
import { mountUnits } from './units/mountUnits.js';
import { swapUnits } from './units/swapUnits.js';

/** Everything that the image step does to a server's tree, in this order. */
export const IMAGE_RULES: readonly ImageRule[] = [
  systemFolders,
  fstab,
  mountUnits,
  swapUnits,
  crypttab,
  mdadm,
  iscsi,
  resume,
  swapFiles,
  persistentNet,
  ifupdown,
  netplan,
  networkManager,
  ifcfg,
  wicked,
  networkd,
  cloudInit,
  hardwareClock,
  initramfs,
  defaultGrub,
  grubInstallDevices,
  bootEntries,
  grubenv,
  grubCfg,
];

/** @throws FleetliftError E-IMAGE-TREE where a path of the tree is not what it must be */
export async function applyRules(tree: TreeEditor, request: ImageRequest): Promise<void> {
  for (const rule of IMAGE_RULES) {
    tree.reason = rule.reason;
    await rule.apply(tree, request);
  }
}
