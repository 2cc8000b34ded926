import type { OsFacts } from '../model/facts.js';

/** A distribution's boot loader in an EFI system partition; paths are relative to its root, as they are written there. */
export interface VendorLoader {
  /** Its folder, such as `EFI/debian`: where its signed GRUB looks for its settings. */
  readonly folder: string;
  /** What firmware starts: signed by Microsoft, it knows the distribution's key. */
  readonly shim: string;
  readonly grub: string;
  /** What shim starts to have a key accepted; null: it is not there. */
  readonly mokManager: string | null;
}

/** Names as Debian, Ubuntu and the RHEL family have them, and SUSE. */
const SHIMS = ['shimx64.efi', 'shim.efi'];
const GRUBS = ['grubx64.efi', 'grub.efi'];
const MOK_MANAGERS = ['mmx64.efi', 'mokmanager.efi'];
/** Folders whose names do not follow from the distribution's. */
const FOLDERS: Readonly<Record<string, string>> = { rhel: 'redhat', ol: 'redhat' };

/** The boot loader of that distribution, or else of another one, where shim and GRUB are both there; null: none is. */
export function vendorLoader(
  paths: readonly string[],
  os: Pick<OsFacts, 'id' | 'idLike'>,
): VendorLoader | null {
  const folders = new Set(paths.flatMap((path) => /^(EFI\/(?!boot\/)[^/]+)\/[^/]+$/i.exec(path)?.[1] ?? []));
  const loaders = [...folders].sort().flatMap((folder): VendorLoader[] => {
    const own = paths.filter((path) => path.startsWith(`${folder}/`));
    const [shim, grub] = [find(own, folder, SHIMS), find(own, folder, GRUBS)];
    return shim === null || grub === null
      ? []
      : [{ folder, shim, grub, mokManager: find(own, folder, MOK_MANAGERS) }];
  });
  return loaders.sort((a, b) => rank(a, os) - rank(b, os))[0] ?? null;
}

function find(paths: readonly string[], folder: string, names: readonly string[]): string | null {
  for (const name of names) {
    const found = paths.find((path) => path.slice(folder.length + 1).toLowerCase() === name);
    if (found !== undefined) return found;
  }
  return null;
}

/** 0: it is this distribution's own. */
function rank({ folder }: VendorLoader, { id, idLike }: Pick<OsFacts, 'id' | 'idLike'>): number {
  const vendor = folder.slice('EFI/'.length).toLowerCase();
  if (vendor === id || vendor === FOLDERS[id] || id.startsWith(`${vendor}-`)) return 0;
  return idLike.includes(vendor) ? 1 : 2;
}
