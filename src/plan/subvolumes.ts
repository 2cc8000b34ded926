import type { BtrfsFeatures } from '../model/facts.js';

const TOP_LEVEL = 5;

/** Path of the default subvolume as mountinfo writes it: `/` for the top level. */
export function defaultRoot(features: BtrfsFeatures): string {
  return rootOf(features, features.defaultSubvolume) ?? '/';
}

/** Whether a mount without `subvol=` shows this root; the replica keeps the source's default subvolume. */
export function isDefaultRoot(features: BtrfsFeatures, root: string): boolean {
  return defaultRoot(features) === root;
}

/** Path of the subvolume with that id, with a leading slash; null: there is none. */
export function rootOf(features: BtrfsFeatures, id: number): string | null {
  if (id === TOP_LEVEL) return '/';
  const found = features.subvolumes.find((one) => one.id === id);
  return found === undefined ? null : `/${found.path}`;
}

/** Whether a mount's root is a whole subvolume, and not a folder that was bind-mounted. */
export function isSubvolumeRoot(features: BtrfsFeatures, root: string): boolean {
  return root === '/' || features.subvolumes.some((one) => `/${one.path}` === root);
}
