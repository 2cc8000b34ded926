/** One mount of the server's tree, and where its content is reached from outside. */
export interface TreeMount {
  /** Place in the server's tree, e.g. `/` or `/boot`. */
  readonly mountpoint: string;
  /** Id of the filesystem, e.g. `fs0`. */
  readonly filesystem: string;
  readonly disk: string;
  readonly uuid: string;
  readonly type: string;
  /** What is mounted there: `/`, or the path of a subvolume or folder of the filesystem. */
  readonly mountRoot: string;
  /** Path of that root on the relay, as a process of the relay reaches it. */
  readonly hostRoot: string;
}

/** A path of the server's tree, told in its mount. */
export interface TreePlace {
  readonly mount: TreeMount;
  /** Path below the mount's root, without a leading slash; empty for the root itself. */
  readonly rest: string;
  /** Path on the relay. Only its last component may be a link, since every earlier one has been resolved. */
  readonly hostPath: string;
  /** Path from the root of the filesystem, as a boot loader sees it. */
  readonly pathInFilesystem: string;
}

/** The mount that holds a canonical path: the one with the longest mount point. */
export function placeOf(mounts: readonly TreeMount[], path: string): TreePlace {
  let best: TreeMount | undefined;
  for (const mount of mounts) {
    if (!isBelow(path, mount.mountpoint)) continue;
    if (best === undefined || mount.mountpoint.length > best.mountpoint.length) best = mount;
  }
  if (best === undefined) throw new Error(`no mount holds ${path}`);
  const rest = path.slice(best.mountpoint === '/' ? 1 : best.mountpoint.length + 1);
  return {
    mount: best,
    rest,
    hostPath: rest === '' ? best.hostRoot : `${best.hostRoot}/${rest}`,
    pathInFilesystem: joinSlash(best.mountRoot, rest),
  };
}

function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

function joinSlash(base: string, rest: string): string {
  const words = [...base.split('/'), ...rest.split('/')].filter((word) => word !== '');
  return `/${words.join('/')}`;
}
